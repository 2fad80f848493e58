"""Encoders against the published one: seconds, error, and what the error does to masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from medsam_core.bench.phantom import phantom_boxes, phantom_slice
from medsam_core.bench.subjects import Subject, reference_encoder
from medsam_core.bench.timing import median, take_turns
from medsam_core.errors import DeviceError
from medsam_core.inference.load import load_model
from medsam_core.inference.model import Model
from medsam_core.inference.predictor import Predictor
from medsam_core.inference.preprocess import prepare_image
from medsam_core.metrics import dice

Row = dict[str, Any]
Way = tuple[str, str, str]  # device, backend, precision

_CPU_WAYS: tuple[Way, ...] = (
    ("cpu", "openvino", "fp32"),
    ("cpu", "openvino", "bf16"),
    ("cpu", "torch", "fp32"),
    ("cpu", "torch", "bf16"),
)
_CUDA_WAYS: tuple[Way, ...] = tuple(("cuda", "torch", precision) for precision in ("fp32", "bf16", "fp16"))
_DICE_BOXES = 16


def ways_on(device: str, *, with_openvino: bool) -> tuple[Way, ...]:
    """Every runtime and precision to try on a device."""
    if device == "cuda":
        return _CUDA_WAYS if torch.cuda.is_available() else ()
    return tuple(way for way in _CPU_WAYS if with_openvino or way[1] == "torch")


def measure_encoders(
    subject: Subject, ways: Sequence[Way], rounds: int, after_round: Callable[[int], None]
) -> list[Row]:
    """Time each way of running a network's encoder on one picture, taking turns with the reference.

    A way that this machine does not have is left out.
    """
    models = _load(subject, ways)
    if not models:
        return []
    device = next(iter(models)).partition("/")[0]
    picture = phantom_slice()
    image = prepare_image(picture, next(iter(models.values())).preset)[None]
    reference = reference_encoder(subject, device)
    runs = {"reference": lambda: reference(image)}
    runs |= {name: (lambda m=model: m.backend.encode(image)) for name, model in models.items()}
    seconds = take_turns(runs, rounds, after_round)
    expected = reference(image)
    masks = _masks_of(_in_fp32(subject, models), picture)
    rows = []
    for name, model in models.items():
        rows.append(
            _times(subject, model, seconds[name], seconds["reference"])
            | _agreement(subject, model, expected, image, picture, masks)
        )
    return rows


def _load(subject: Subject, ways: Sequence[Way]) -> dict[str, Model]:
    models = {}
    for device, backend, precision in ways:
        try:
            model = load_model(subject.checkpoint, device, precision, backend=backend, preset=subject.preset)
        except DeviceError:
            continue
        models[f"{device}/{backend}/{precision}"] = model
    return models


def _in_fp32(subject: Subject, models: dict[str, Model]) -> Model:
    for model in models.values():
        if (model.placement.backend, model.placement.precision) == ("torch", "fp32"):
            return model
    return load_model(subject.checkpoint, "cpu", "fp32", backend="torch", preset=subject.preset)


def _times(subject: Subject, model: Model, seconds: list[float], reference: list[float]) -> Row:
    return {
        "model": subject.model,
        "device": model.placement.device,
        "backend": model.placement.backend,
        "precision": model.placement.precision,
        "weights": subject.weights,
        "reference": subject.reference,
        "seconds": median(seconds),
        "reference_seconds": median(reference),
        "ratio": round(median(reference) / max(median(seconds), 1e-9), 2),
        "samples": [round(value, 4) for value in seconds],
        "reference_samples": [round(value, 4) for value in reference],
    }


def _agreement(
    subject: Subject,
    model: Model,
    expected: np.ndarray,
    image: np.ndarray,
    picture: np.ndarray,
    masks: np.ndarray,
) -> Row:
    found = model.backend.encode(image)[0]
    error = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
    scores = [dice(a, b) for a, b in zip(_masks_of(model, picture), masks, strict=True)]
    return {
        "relative_error": float(f"{error:.3g}"),
        "mask_dice_against_fp32": round(float(np.mean(scores)), 5),
        "mask_dice_worst": round(min(scores), 5),
        "masks_mean_something": subject.masks_mean_something,
        "notes": list(model.notes),
    }


def _masks_of(model: Model, picture: np.ndarray) -> np.ndarray:
    predictor = Predictor(model)
    return predictor.predict(predictor.embed(picture), phantom_boxes(_DICE_BOXES)).masks
