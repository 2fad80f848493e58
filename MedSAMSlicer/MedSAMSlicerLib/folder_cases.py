"""The cases of a folder of images, each with its own prompts or all with one ROI."""

from __future__ import annotations

import json
from pathlib import Path

from medsam_core.errors import CasesError

IMAGE_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
LIST_SUFFIXES = (".csv", ".json")
PROMPT_SUFFIXES = (".journal.json", ".prompts.json")

RASCorners = tuple[tuple[float, float, float], tuple[float, float, float]]


def is_list(path: Path) -> bool:
    """Whether a path is a list of cases rather than a folder of images."""
    return path.is_file() and path.suffix.lower() in LIST_SUFFIXES


def folder_cases(folder: Path, common: Path | None) -> list[dict[str, str]]:
    """The cases of a folder, as `run_batch` takes them, in the order of their names.

    Beside ``liver.nii.gz`` the prompts may lie as ``liver.prompts.json`` or ``liver.journal.json``.

    Args:
        folder: of images; folders within are DICOM series.
        common: prompts of the images that have none of their own.

    Raises:
        CasesError: there is no image, or one has no prompts.
    """
    if not folder.is_dir():
        raise CasesError(folder, "is no folder and no list of cases", "choose a folder of images")
    images = [path for path in sorted(folder.iterdir()) if _is_image(path)]
    if not images:
        raise CasesError(
            folder, "holds no images", f"choose one with {', '.join(IMAGE_SUFFIXES)} or DICOM folders"
        )
    return [_case(image, common) for image in images]


def write_common_prompts(path: Path, name: str, corners_ras_mm: RASCorners) -> None:
    """Write one box in the patient's RAS mm as a prompts file: the same place in every image."""
    low, high = corners_ras_mm
    box = {"min": list(low), "max": list(high)}
    segment = {"name": name, "label": 1, "boxes": [box], "points": []}
    content = {"version": 1, "frame": "ras", "segments": [segment]}
    path.write_text(json.dumps(content), encoding="utf-8")


def _case(image: Path, common: Path | None) -> dict[str, str]:
    stem = _stem(image)
    own = (image.with_name(stem + suffix) for suffix in PROMPT_SUFFIXES)
    prompts = next((path for path in own if path.is_file()), common)
    if prompts is None:
        remedy = f"choose an ROI, or put {stem}{PROMPT_SUFFIXES[1]} beside it"
        raise CasesError(image.name, "has no prompts", remedy)
    return {"id": stem, "image": str(image), "prompts": str(prompts)}


def _stem(image: Path) -> str:
    suffix = next((one for one in IMAGE_SUFFIXES if image.name.lower().endswith(one)), "")
    return image.name[: len(image.name) - len(suffix)]


def _is_image(path: Path) -> bool:
    if path.is_dir():
        return any(path.glob("*.dcm"))
    name = path.name.lower()
    return name.endswith(IMAGE_SUFFIXES) and not name.endswith((".seg.nrrd", ".seg.nhdr"))
