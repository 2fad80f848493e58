"""Settings and timings as text for a bug report. It holds no names of files, volumes or patients."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from MedSAMSlicerLib.progress_words import size_words
from MedSAMSlicerLib.required_packages import InstalledVersion

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import CacheStats
    from medsam_core.inference.model import Model
    from medsam_core.segmentation_result import SegmentationResult
    from MedSAMSlicerLib.model_choice import ModelChoice

PACKAGES = ("torch", "torchvision", "openvino", "numpy", "SimpleITK", "pydantic", "safetensors")


@dataclass(frozen=True, eq=False)
class Situation:
    """What the report is about.

    Attributes:
        versions: name -> version of programs: MedSAM, Slicer.
        choice: the model that was chosen, and where it is to run.
        status: the status line.
        model: once it is loaded.
        intensity: the preset in use.
        cache: what is remembered.
        result: of the last segmentation.
        seconds: what that took in all.
        notes: sentences about the installation.
    """

    versions: dict[str, str]
    choice: ModelChoice
    status: str
    model: Model | None = None
    intensity: str = "auto"
    cache: CacheStats | None = None
    result: SegmentationResult | None = None
    seconds: float = 0.0
    notes: Sequence[str] = field(default_factory=tuple)


def settings_report(situation: Situation, installed: InstalledVersion) -> str:
    """The text."""
    lines = [
        ", ".join(f"{name} {version}" for name, version in situation.versions.items()),
        f"{platform.platform()}, Python {platform.python_version()}",
        ", ".join(f"{name} {installed(name) or 'absent'}" for name in PACKAGES),
        *_devices(situation.model),
        *_model(situation),
        f"Intensity: {situation.intensity}",
        *_cache(situation.cache),
        *_result(situation),
        *(f"Note: {note}" for note in situation.notes if note),
    ]
    return "\n".join(lines)


def _devices(model: Model | None) -> list[str]:
    if model is None:  # PyTorch may be under way on another thread: it knows nothing yet
        return ["PyTorch: not loaded yet"]
    import torch

    gpus = [torch.cuda.get_device_name(n) for n in range(torch.cuda.device_count())]
    return [f"GPUs: {', '.join(gpus) or 'none'}; {torch.get_num_threads()} CPU threads"]


def _model(situation: Situation) -> list[str]:
    model, choice = situation.model, situation.choice
    if model is None:  # a path may hold a patient's or a user's name
        return [
            f"Model: not loaded (device {choice.device}, precision {choice.precision})",
            f"Status: {situation.status}" if choice.name_or_path == "demo" else "Status: own or known model",
        ]
    place = model.placement
    return [
        f"Model: {model.preset.name} preset, {model.info.parameters:,} weights, sha256 {model.info.sha256}",
        f"Runs on: {place.device}, {place.precision}, {place.backend}. {place.reason}",
    ]


def _cache(stats: CacheStats | None) -> list[str]:
    if stats is None:
        return ["Slices remembered: 0"]
    asked = stats.hits + stats.disk_hits + stats.misses
    return [
        f"Slices remembered: {stats.entries} ({size_words(stats.ram_bytes)}), {stats.hits} of {asked} reused"
    ]


def _result(situation: Situation) -> list[str]:
    result = situation.result
    if result is None:
        return ["Last segmentation: none"]
    window = result.window
    stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in result.seconds.items())
    lines = [
        f"Last segmentation: volume {' x '.join(map(str, result.geometry.size_ijk))},"
        f" window {window.preset} {window.low:g} to {window.high:g}",
        f"Times: {situation.seconds:.2f} s in all, {stages}; {result.encoded_slices} slices read",
    ]
    for number, one in enumerate(result.segments, 1):
        least = f", least confidence {min(one.confidence.values()):.2f}" if one.confidence else ""
        lines.append(f"Segment {number}: {one.voxels} voxels on {len(one.confidence)} slices{least}")
    return [*lines, *(f"Note: {note}" for note in result.notes)]
