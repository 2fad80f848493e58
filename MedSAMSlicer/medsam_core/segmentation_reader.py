"""Segmentations of any supported format, to go on working with."""

from __future__ import annotations

import os
from pathlib import Path

from medsam_core.errors import VolumeError
from medsam_core.formats.label_numbers import labels_in
from medsam_core.formats.nrrd_header import parse_nrrd_header
from medsam_core.formats.seg_nrrd_reader import MOST_SEGMENTS, read_seg_nrrd, whole_labels
from medsam_core.formats.seg_nrrd_segments import segments_of
from medsam_core.saved_segmentation import SavedSegment, SavedSegmentation, patches_in
from medsam_core.segment_colours import palette_colour
from medsam_core.segmentation_journal import SUFFIX
from medsam_core.volume_reader import read_volume

SUFFIXES = (SUFFIX, ".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")
"""Of files that can hold one."""


def is_segmentation(name: str) -> bool:
    """Whether a file's name alone says that it holds a segmentation."""
    return name.lower().endswith(SUFFIX)


def read_segmentation(path: str | os.PathLike[str]) -> SavedSegmentation:
    """Read a segmentation: a .seg.nrrd of 3D Slicer or MedSAM, or a label map in NIfTI, NRRD or MetaImage.

    Of a plain label map each number becomes a segment "Segment N" in the palette's colour.

    Raises:
        VolumeError: there is no such file, it is of no known format, damaged or too large, it has no segment
            or more than 250, or its values are no labels.
    """
    given = Path(path)
    if not given.name.lower().endswith(SUFFIXES):
        raise VolumeError(given, "is no segmentation", f"give one of {' '.join(SUFFIXES)}")
    if given.exists() and not given.is_file():  # a pipe may never end
        raise VolumeError(given, "is not a file", f"give one of {' '.join(SUFFIXES)}")
    try:
        if given.name.lower().endswith(".nrrd") and segments_of(parse_nrrd_header(given)):
            return read_seg_nrrd(given)
        return _label_map(given)
    except MemoryError as error:
        raise VolumeError(given, "needs more memory than is free", "close other programs") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        remedy = "check the path and its permissions"
        raise VolumeError(given, f"cannot be read ({reason})", remedy) from error


def _label_map(path: Path) -> SavedSegmentation:
    volume = read_volume(path)
    if volume.is_colour:
        raise VolumeError(path, "holds colours, not labels", "open it as a volume")
    layer = whole_labels(path, volume.array_kji)
    labels = [label for label in labels_in(layer) if label]
    _check_count(path, labels)
    segments = (
        SavedSegment(f"Segment {label}", 0, label, palette_colour(label), patch)
        for label, patch in patches_in(layer, labels).items()
    )
    return SavedSegmentation(volume.geometry, tuple(segments))


def _check_count(path: Path, labels: list[int]) -> None:
    """Refuse a map of nothing, and a picture: each of its grey values would become a segment."""
    count = len(labels)
    if not count:
        raise VolumeError(path, "holds no segment", "give one that does")
    if count > MOST_SEGMENTS:
        problem = f"holds {count} different values, {MOST_SEGMENTS} segments at most are taken"
        raise VolumeError(path, problem, "give a label map; open a picture as a volume")
