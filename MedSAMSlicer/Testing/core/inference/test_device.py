"""Choosing where a network runs."""

from __future__ import annotations

import pytest
import torch

from medsam_core.errors import DeviceError
from medsam_core.inference import device as module
from medsam_core.inference.device import choose_placement, may_use_openvino

VIT_B = 93_735_472
SMALL = 3_000_000


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch):
    """Describe the hardware and what is installed."""

    def describe(
        cuda: tuple[int, int] | None = None, mps: bool = False, bf16: bool = False, openvino: bool = True
    ) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda is not None)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda is not None))
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(module, "has_native_bf16", lambda: bf16)
        monkeypatch.setattr(module, "has_openvino", lambda: openvino)

    return describe


def chosen(*wish: str, parameters: int = VIT_B) -> tuple[str, str, str]:
    placement = choose_placement(*wish, parameters=parameters)
    return placement.device, placement.precision, placement.backend


@pytest.mark.parametrize(
    ("capability", "precision"), [((9, 0), "bf16"), ((8, 0), "bf16"), ((7, 5), "fp16"), ((6, 1), "fp32")]
)
def test_a_cuda_gpu_is_taken_at_the_lowest_precision_it_is_fast_in(
    machine, capability: tuple[int, int], precision: str
) -> None:
    machine(cuda=capability, bf16=True)
    assert chosen() == ("cuda", precision, "torch")


def test_an_apple_gpu_is_taken_in_fp32(machine) -> None:
    machine(mps=True, bf16=True)
    assert chosen() == ("mps", "fp32", "torch")


def test_a_large_network_on_a_cpu_runs_by_openvino(machine) -> None:
    machine(bf16=True)
    assert chosen() == ("cpu", "bf16", "openvino")


def test_a_small_network_on_a_cpu_is_not_converted(machine) -> None:
    machine(bf16=True)
    assert chosen(parameters=SMALL) == ("cpu", "fp32", "torch")


def test_a_small_network_keeps_full_precision_unless_told_otherwise(machine) -> None:
    machine(cuda=(9, 0), bf16=True)
    assert chosen(parameters=SMALL) == ("cuda", "fp32", "torch")
    assert chosen("cuda", "bf16", parameters=SMALL) == ("cuda", "bf16", "torch")


def test_a_cpu_without_bf16_runs_in_fp32(machine) -> None:
    machine(bf16=False)
    assert chosen() == ("cpu", "fp32", "openvino")


def test_without_openvino_pytorch_runs_and_the_reason_says_so(machine) -> None:
    machine(openvino=False)
    assert chosen() == ("cpu", "fp32", "torch")
    assert "OpenVINO" in choose_placement(parameters=VIT_B).reason
    assert not may_use_openvino("auto", "auto")


def test_asking_for_openvino_means_the_cpu_though_there_is_a_gpu(machine) -> None:
    machine(cuda=(9, 0))
    assert chosen("auto", "auto", "openvino", parameters=SMALL) == ("cpu", "fp32", "openvino")
    assert may_use_openvino("auto", "openvino") and not may_use_openvino("auto", "auto")


def test_what_is_asked_for_is_done_and_the_reason_says_so(machine) -> None:
    machine(cuda=(9, 0), bf16=True)
    placement = choose_placement("cpu", "fp32", "torch", parameters=VIT_B)
    assert (placement.device, placement.precision, placement.backend) == ("cpu", "fp32", "torch")
    assert placement.reason.count("it was asked for") == 3


def test_every_choice_that_was_left_to_us_is_explained(machine) -> None:
    machine()
    reason = choose_placement(parameters=VIT_B).reason
    assert "no GPU" in reason and "OpenVINO" in reason and "fp32" in reason


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (("gpu", "auto", "auto"), "device gpu: there is no such device"),
        (("cuda", "auto", "auto"), "device cuda: this PyTorch"),
        (("cuda:0", "auto", "auto"), "device cuda:0: this PyTorch"),
        (("mps", "auto", "auto"), "device mps: this PyTorch"),
        (("auto", "fp8", "auto"), "precision fp8: there is no such precision"),
        (("auto", "auto", "onnx"), "backend onnx: there is no such backend"),
        (("cpu", "fp16", "auto"), "precision fp16: it is for GPUs"),
        (("cpu", "bf16", "auto"), "precision bf16: this CPU does not"),
        (("cpu", "auto", "openvino"), "backend openvino: OpenVINO is not installed"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(machine, wish: tuple[str, str, str], told: str) -> None:
    machine(openvino=False)
    with pytest.raises(DeviceError) as caught:
        choose_placement(*wish)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value) and ";" in str(caught.value)


@pytest.mark.parametrize(
    ("hardware", "wish"),
    [
        ({"cuda": (7, 5)}, ("cuda", "bf16", "auto")),
        ({"cuda": (9, 0)}, ("cuda", "auto", "openvino")),
        ({"cuda": (9, 0)}, ("cuda:1", "auto", "auto")),
        ({"mps": True}, ("mps", "bf16", "auto")),
        ({"mps": True}, ("mps", "auto", "openvino")),
    ],
)
def test_what_a_gpu_cannot_do_is_refused(machine, hardware: dict, wish: tuple[str, str, str]) -> None:
    machine(**hardware)
    with pytest.raises(DeviceError):
        choose_placement(*wish)


def test_one_of_several_gpus_can_be_named(machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(cuda=(8, 0))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    assert chosen("cuda:3") == ("cuda:3", "bf16", "torch")
