"""From a checkpoint to OpenVINO files: a program of its own, run once per checkpoint.

It runs in a process of its own because it needs memory that is wanted back, because it must be stoppable, and
because a compiler that crashes (one did, on our demo network) must not take the user's work with it.

    python -m medsam_core.inference.openvino_convert < job.json

reads one line of JSON, works, writes lines of JSON, and ends when its standard input does, that is, with its
parent.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import openvino
import torch
from torch import Tensor, nn

from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.errors import CheckpointError, MedSAMError
from medsam_core.inference.backend import Backend, FeatureMaps, PromptArrays
from medsam_core.inference.cpu_features import has_native_bf16
from medsam_core.inference.device import Placement
from medsam_core.inference.openvino_cache import ConvertedNetwork
from medsam_core.models.network import PromptTensors

TOLERANCE = {"fp32": 1e-3, "bf16": 0.1}
"""Relative error from which on a converted network is refused; measured: 1.4e-6 and 0.014."""

_STEPS = 5
_BOX_AND_CLICK = (((0.3, 0.3), (0.2, 0.25), (0.7, 0.6)), (1, 2, 3))

Report = Callable[[int, int, str], None]


class _Encoder(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return self.network.encode(images)


class _Decoder(nn.Module):
    """One prompt of any number of tokens; both answers, as they share all but the last products.

    OpenVINO merges what the two have in common, so the second costs nothing (measured: 50 against 49 ms).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        features: tuple[Tensor, ...],
        points_xy: Tensor,
        labels: Tensor,
        mask_logits: Tensor | None = None,
    ) -> tuple[Tensor, ...]:
        prompts = PromptTensors(points_xy, labels, mask_logits)
        single = self.network.decode(features, prompts, False)
        return (*single, *self.network.decode(features, prompts, True))


def convert_network(network: nn.Module, folder: Path, report: Report) -> ConvertedNetwork:
    """Write a network's OpenVINO files into an empty folder and check them against PyTorch.

    The encoder is traced by ``torch.export``, which runs on shapes alone: 6 s for ViT-B on two cores, where a
    ``torch.jit`` trace gives the same file in 70 s and 1.2 GB more, because it computes. The decoder computes
    little and has a free number of tokens, with which ``torch.export`` takes 12 s and ``torch.jit`` 2 s.

    Args:
        network: a plain `PromptableNetwork` (its attention not fused: OpenVINO fuses it better), in
            float32 on the CPU. It is fused in place at the end.

    Raises:
        ArithmeticError: what was converted computes something else.
    """
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer's insides
        report(1, _STEPS, "converting the encoder")
        image = torch.zeros(1, 3, network.image_size, network.image_size)
        shapes = _write_encoder(network, image, folder / "encoder.xml")
        features = tuple(torch.zeros(1, *shape) for shape in shapes)
        report(2, _STEPS, "converting the decoder")
        _write_decoder(network, features, None, folder / "decoder.xml")
        report(3, _STEPS, "converting the decoder for earlier masks")
        side = network.low_resolution
        _write_decoder(network, features, torch.zeros(1, 1, side, side), folder / "decoder-mask.xml")
    report(4, _STEPS, "checking the result")
    draft = ConvertedNetwork(folder, network.image_size, network.low_resolution, shapes, {})
    converted = dataclasses.replace(draft, relative_error=measured_errors(draft, network))
    require_small(converted.relative_error)
    converted.write_manifest()
    report(_STEPS, _STEPS, "converted")
    return converted


def _write_encoder(network: nn.Module, image: Tensor, path: Path) -> tuple[tuple[int, ...], ...]:
    program = torch.export.export(_Encoder(network).eval(), (image,), strict=False)
    model = openvino.convert_model(program)
    model.reshape({0: list(image.shape)})
    openvino.save_model(model, path, compress_to_fp16=False)  # it would round the weights by default
    return tuple(tuple(output.get_shape())[1:] for output in model.outputs)


def _write_decoder(
    network: nn.Module, features: tuple[Tensor, ...], mask_logits: Tensor | None, path: Path
) -> None:
    points_xy, labels = (torch.from_numpy(array) for array in _prompt(network.image_size)[:2])
    # A table that a network computes once and keeps (position encodings) is a constant only from then on.
    network.decode(features, PromptTensors(points_xy, labels, mask_logits))
    mask = () if mask_logits is None else (mask_logits,)
    model = openvino.convert_model(
        _Decoder(network).eval(), example_input=(features, points_xy, labels, *mask)
    )
    shapes = [*(list(f.shape) for f in features), [1, -1, 2], [1, -1], *(list(m.shape) for m in mask)]
    model.reshape(dict(enumerate(shapes)))
    openvino.save_model(model, path, compress_to_fp16=False)


def _prompt(image_size: int, mask_logits: np.ndarray | None = None) -> PromptArrays:
    points, labels = _BOX_AND_CLICK
    return PromptArrays(
        np.array([points], np.float32) * image_size, np.array([labels], np.int64), mask_logits
    )


def measured_errors(converted: ConvertedNetwork, network: nn.Module) -> dict[str, float]:
    """Compare with PyTorch's fp32 on noise, at every precision that this CPU has; fuses `network`."""
    from medsam_core.inference.torch_backend import TorchBackend

    truth = TorchBackend(network, Placement("cpu", "fp32", "torch", "reference"))
    noise = np.random.default_rng(0)
    image = noise.standard_normal((1, 3, truth.image_size, truth.image_size), dtype=np.float32)
    mask = noise.standard_normal((1, 1, truth.low_resolution, truth.low_resolution), dtype=np.float32)
    features = truth.encode(image)
    expected = [*features, *_decoded(truth, features, mask)]
    precisions = ("fp32", "bf16") if has_native_bf16() else ("fp32",)
    return {name: _error_at(name, converted, image, mask, features, expected) for name in precisions}


def _error_at(
    precision: str,
    converted: ConvertedNetwork,
    image: np.ndarray,
    mask: np.ndarray,
    features: FeatureMaps,
    expected: Sequence[np.ndarray],
) -> float:
    """The worst of encoder and decoder; one runtime at a time is in memory."""
    from medsam_core.inference.openvino_backend import OpenVINOBackend

    tried = OpenVINOBackend(converted, Placement("cpu", precision, "openvino", "trial"))
    found = [*tried.encode(image), *_decoded(tried, features, mask)]
    return max(_difference(a, b) for a, b in zip(found, expected, strict=True))


def _decoded(backend: Backend, features: FeatureMaps, mask: np.ndarray) -> list[np.ndarray]:
    """Logits of every way to ask."""
    size = backend.image_size
    return [
        backend.decode(features, prompts, multimask)[0]
        for prompts in (_prompt(size), _prompt(size, mask))
        for multimask in (False, True)
    ]


def _difference(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.linalg.norm(found - expected) / max(float(np.linalg.norm(expected)), 1e-30))


def require_small(errors: Mapping[str, float]) -> None:
    """Hold relative errors to `TOLERANCE`.

    Raises:
        ArithmeticError: one is larger, or not a number.
    """
    for precision, error in errors.items():
        if not error <= TOLERANCE[precision]:  # NaN too
            raise ArithmeticError(
                f"the converted network differs from the original by {error:.2g} ({precision})"
            )


def _end_with_parent() -> None:
    """Wait until standard input closes, then stop at once, wherever the work is."""
    while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin: its lock would be held at our own exit
        pass
    os._exit(3)


def _say(**message: object) -> None:
    print(json.dumps(message), flush=True)


def main() -> int:
    """Do the job on standard input; see `openvino_process`."""
    job = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def report(done: int, total: int, what: str) -> None:
        _say(done=done, total=total, what=what)

    try:
        report(0, _STEPS, "reading the checkpoint")
        loaded = open_checkpoint(job["checkpoint"], base=job["base"])
        if loaded.info.identity != job["identity"]:
            raise CheckpointError(job["checkpoint"], "changed while it was read", "try again")
        convert_network(loaded.network, Path(job["folder"]), report)
    except MedSAMError as error:
        _say(error=[error.subject, error.problem, error.remedy])
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
