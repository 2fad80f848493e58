"""The report of a run: everything that was shown, in a file that a script can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.segmentation_result import SegmentationResult
from medsam_core.version import VERSION
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


def make_report(
    result: SegmentationResult, volume: Volume, model: Model, *, propagation: str, seconds: dict[str, float]
) -> dict:
    """Gather model, device, window, times and segments of a run.

    Args:
        seconds: seconds by stage beyond those the result knows ("load", "write", ...).

    Returns:
        A dict that `json` can write.
    """
    return {
        "version": VERSION,
        "image": {
            "path": str(volume.source) if volume.source else None,
            "size_ijk": list(volume.geometry.size_ijk),
            "spacing_mm": [float(s) for s in volume.spacing_mm],
            "modality": volume.modality,
        },
        "model": {
            "name": model.name,
            "sha256": model.info.sha256,
            "preset": model.preset.name,
        },
        "device": model.placement.device,
        "precision": model.placement.precision,
        "backend": model.placement.backend,
        "placement_reason": model.placement.reason,
        "intensity": result.window.to_json(),
        "propagation": propagation,
        "seconds": {name: round(s, 4) for name, s in {**seconds, **result.seconds}.items()},
        "slices": int(result.labels_kji.shape[0]),
        "slices_encoded": result.encoded_slices,
        "segments": [segment.to_json() for segment in result.segments],
        "notes": list(result.notes),
    }


def write_report(report: dict, path: Path) -> None:
    """Write a report as indented JSON."""
    path.write_text(json.dumps(report, indent=2, allow_nan=False) + "\n", encoding="utf-8")
