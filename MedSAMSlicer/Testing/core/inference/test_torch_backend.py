"""PyTorch as the runtime, on real networks of random weights."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from medsam_core.errors import DeviceError
from medsam_core.inference import torch_backend as module
from medsam_core.inference.backend import Backend, PromptArrays
from medsam_core.inference.device import Placement
from medsam_core.inference.torch_backend import TorchBackend
from testkit.tiny_models import PlainBackend, a_tiny_model

CPU = Placement("cpu", "fp32", "torch", "test.")
GPU = dataclasses.replace(CPU, device="cuda")


def plain() -> PlainBackend:
    return a_tiny_model().backend


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((count, 3, 64, 64)).astype(np.float32)


def boxes(count: int, with_mask: bool = False) -> PromptArrays:
    noise = np.random.default_rng(1)
    corners = np.sort(noise.random((count, 2, 2)) * 64, axis=1).astype(np.float32)
    mask = noise.standard_normal((count, 1, 16, 16)).astype(np.float32) if with_mask else None
    return PromptArrays(corners, np.tile(np.array([[2, 3]]), (count, 1)), mask)


def assert_close(ours: tuple, theirs: tuple, tolerance: float = 1e-4) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=tolerance * max(1.0, np.abs(b).max()))


class Hardware:
    """A GPU's memory: `most` images or prompts at once on "cuda", `most_on_cpu` on the CPU."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int, most_on_cpu: int = 1000) -> None:
        self.most = {"cuda": most, "cpu": most_on_cpu}
        self.device = "cpu"
        self.seen: list[tuple[str, int]] = []
        monkeypatch.setattr(module, "_put", self._put)

    def _put(self, thing: torch.Tensor | nn.Module, device: str) -> torch.Tensor | nn.Module:
        if isinstance(thing, nn.Module):
            self.device = device
        return thing

    def limit(self, run: Callable, size: Callable[..., int]) -> Callable:
        def limited(*args: object) -> object:
            self.seen.append((self.device, size(*args)))
            if size(*args) > self.most[self.device]:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate ...")
            return run(*args)

        return limited

    def backend(self, placement: Placement = GPU) -> TorchBackend:
        network = plain().network
        network.encode = self.limit(network.encode, lambda images: images.shape[0])
        network.decode = self.limit(network.decode, lambda maps, prompts, *_: prompts.labels.shape[0])
        return TorchBackend(network, placement)


def test_it_is_a_backend() -> None:
    assert isinstance(TorchBackend(plain().network, CPU), Backend)


def test_in_fp32_it_gives_the_networks_own_numbers() -> None:
    ours, theirs = TorchBackend(plain().network, CPU), plain()
    features = theirs.encode(images(3))
    assert_close(ours.encode(images(3)), features)
    paired = tuple(f[:2] for f in features)
    assert_close(ours.decode(paired, boxes(2, True), True), theirs.decode(paired, boxes(2, True), True))


@pytest.mark.parametrize("precision", ["bf16"])
def test_a_lower_precision_stays_within_two_per_cent(precision: str) -> None:
    ours = TorchBackend(plain().network, dataclasses.replace(CPU, precision=precision))
    (found,), (expected,) = ours.encode(images(2)), plain().encode(images(2))
    error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
    assert 0 < error < 0.02


def test_positions_of_prompts_are_exact_at_any_precision() -> None:
    features = plain().encode(images(1))
    ours = TorchBackend(plain().network, dataclasses.replace(CPU, precision="bf16"))
    assert_close(ours.decode(features, boxes(3)), plain().decode(features, boxes(3)))


def test_many_prompts_give_what_each_gives_alone() -> None:
    ours = TorchBackend(plain().network, CPU)
    features, many = ours.encode(images(1)), boxes(20, True)
    together = ours.decode(features, many)
    for n in (0, 7, 19):
        alone = ours.decode(features, PromptArrays(*(a[n : n + 1] for a in many)))
        assert_close(tuple(a[n : n + 1] for a in together), alone)


def test_arrays_from_a_cache_may_be_read_only() -> None:
    ours = TorchBackend(plain().network, CPU)
    features = ours.encode(images(1))
    for feature in features:
        feature.setflags(write=False)
    asked = boxes(1)
    asked.points_xy.setflags(write=False)
    with pytest.warns() as caught:
        ours.decode(features, asked)
        __import__("warnings").warn("end", stacklevel=1)
    assert [str(w.message) for w in caught] == ["end"]


def test_when_memory_runs_out_fewer_images_are_encoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Hardware(monkeypatch, most=2)
    backend = gpu.backend()
    assert_close(backend.encode(images(5)), plain().encode(images(5)))
    assert gpu.seen == [("cuda", n) for n in (5, 2, 2, 1)]
    assert backend.device == "cuda"
    assert len(backend.notes) == 1 and "5 at once" in backend.notes[0]


def test_once_learned_the_smaller_number_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Hardware(monkeypatch, most=2)
    backend = gpu.backend()
    backend.encode(images(5))
    gpu.seen.clear()
    backend.encode(images(4))
    assert gpu.seen == [("cuda", 2), ("cuda", 2)]
    assert len(backend.notes) == 1


def test_when_memory_runs_out_fewer_prompts_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Hardware(monkeypatch, most=3)
    backend = gpu.backend()
    features = plain().encode(images(1))
    assert_close(backend.decode(features, boxes(7)), plain().decode(features, boxes(7)))
    assert gpu.seen == [("cuda", n) for n in (7, 3, 3, 1)]


def test_when_not_even_one_fits_it_goes_on_on_the_cpu_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Hardware(monkeypatch, most=0)
    backend = gpu.backend(dataclasses.replace(GPU, precision="fp32"))
    assert_close(backend.encode(images(2)), plain().encode(images(2)))
    assert gpu.seen == [("cuda", 2), ("cuda", 1), ("cpu", 1), ("cpu", 1)]
    assert (backend.device, backend.precision) == ("cpu", "fp32")
    assert "ran out" in backend.notes[-1] and "CPU" in backend.notes[-1]
    assert "ran out" in backend.placement.reason


def test_weights_once_rounded_are_admitted_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Hardware(monkeypatch, most=0).backend(dataclasses.replace(GPU, precision="bf16"))
    (found,) = backend.encode(images(1))
    assert backend.precision == "fp32" and "rounded to bf16" in backend.notes[-1]
    assert found.dtype == np.float32


def test_when_the_cpus_memory_runs_out_too_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Hardware(monkeypatch, most=0, most_on_cpu=0).backend()
    with pytest.raises(DeviceError, match="memory"):
        backend.encode(images(1))


def test_a_network_that_does_not_fit_the_gpu_starts_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def put(thing: torch.Tensor | nn.Module, device: str) -> torch.Tensor | nn.Module:
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return thing

    monkeypatch.setattr(module, "_put", put)
    backend = TorchBackend(plain().network, GPU)
    assert_close(backend.encode(images(1)), plain().encode(images(1)))
    assert backend.device == "cpu" and len(backend.notes) == 1


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(ValueError, match="must be"):
        TorchBackend(plain().network, CPU).encode(np.zeros((1, 3, 32, 32), np.float32))


def test_two_threads_may_use_it_at_once() -> None:
    backend = TorchBackend(plain().network, CPU)
    expected = backend.encode(images(1))
    found: list[tuple] = []
    threads = [threading.Thread(target=lambda: found.append(backend.encode(images(1)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for each in found:
        assert_close(each, expected)


@pytest.fixture
def cuda() -> None:
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no CUDA device")


@pytest.mark.gpu
@pytest.mark.parametrize(("precision", "most"), [("fp32", 2e-3), ("bf16", 0.02), ("fp16", 5e-3)])
def test_a_gpu_gives_the_cpus_numbers(cuda: None, precision: str, most: float) -> None:
    ours = TorchBackend(plain().network, dataclasses.replace(GPU, precision=precision))
    for found, expected in zip(ours.encode(images(4)), plain().encode(images(4)), strict=True):
        assert np.linalg.norm(found - expected) / np.linalg.norm(expected) < most
    features = plain().encode(images(1))
    assert_close(ours.decode(features, boxes(5, True)), plain().decode(features, boxes(5, True)), 2e-3)
    assert ours.device == "cuda" and ours.notes == []


@pytest.mark.gpu
def test_a_gpu_that_is_really_full_gets_smaller_batches_or_none(cuda: None) -> None:
    backend = TorchBackend(plain().network, GPU)
    expected = backend.encode(images(64))
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + 8 * 2**20) / total)
    try:
        assert_close(backend.encode(images(64)), expected, 2e-3)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert backend.notes


@pytest.mark.gpu
def test_a_compiled_encoder_gives_the_same_numbers(cuda: None) -> None:
    ours = TorchBackend(plain().network, GPU, compile_encoder=True)
    assert_close(ours.encode(images(2)), plain().encode(images(2)), 2e-3)
