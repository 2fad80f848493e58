"""Segmentations as 3D Slicer saves them: .seg.nrrd, voxels and all."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError
from medsam_core.formats.header_checks import geometry_of
from medsam_core.formats.nrrd_header import NrrdHeader, parse_nrrd_header
from medsam_core.formats.nrrd_reader import values_of
from medsam_core.formats.nrrd_space import ijk_to_lps
from medsam_core.formats.seg_nrrd_segments import SegNrrdSegment, segments_of
from medsam_core.geometry import swap_ras_lps
from medsam_core.prompts import LARGEST_LABEL, LONGEST_NAME
from medsam_core.saved_segmentation import SavedSegment, SavedSegmentation, patches_in
from medsam_core.segment_colours import palette_colour
from medsam_core.voxel_patch import VoxelPatch

MOST_SEGMENTS = 250
"""An 8-bit picture that is taken for a label map has more values than this."""

_KEPT_AS = ("Segmentation_MasterRepresentation", "Segmentation_SourceRepresentation")
_VOXELS = "Binary labelmap"
_EARLY = "Segmentation_Extent"
_SAVE_AGAIN = "save it again from 3D Slicer"


def read_seg_nrrd(path: Path) -> SavedSegmentation:
    """Read a segmentation with names, colours, labels, layers and tags.

    As in Slicer, a value that no segment names is nothing, and in files without layers (before Slicer 4.11)
    each segment has a map of its own.

    Args:
        path: the file.

    Raises:
        VolumeError: it is no such file, damaged or too large, or holds no segment, or more than 250.
        OSError: from the file system.
    """
    header = parse_nrrd_header(path)
    found = _placed(header, segments_of(header))
    _check_kind(header, len(found))
    values = values_of(header).reshape(header.sizes[::-1])
    axis = header.value_axis
    values = values[None] if axis is None else np.moveaxis(values, len(header.sizes) - 1 - axis, 0)
    _check_segments(path, found, len(values))
    size = (*values.shape[:0:-1], 1, 1)[:3]
    geometry = geometry_of(path, size, swap_ras_lps(ijk_to_lps(header)))
    patches = {}
    for number, layer in enumerate(values):
        labels = [one.label for one in found if one.layer == number]
        of_layer = patches_in(whole_labels(path, layer.reshape(size[::-1])), labels)
        patches.update({(number, label): patch for label, patch in of_layer.items()})
    return SavedSegmentation(geometry, tuple(_saved(one, patches[one.layer, one.label]) for one in found))


def whole_labels(path: Path, values: np.ndarray) -> np.ndarray:
    """Numbers of any type as uint8 or uint16 labels.

    Raises:
        VolumeError: they are no whole numbers from 0 to 65535.
    """
    low, high = values.min(), values.max()
    is_whole = values.dtype.kind in "bui" or bool(
        np.isfinite(low + high) and np.all(values == np.rint(values))
    )
    if not is_whole or low < 0 or high > LARGEST_LABEL:
        problem = f"holds values from {low:g} to {high:g}, not labels"
        raise VolumeError(path, problem, "give a label map; open a picture as a volume")
    return np.ascontiguousarray(values, np.uint8 if high <= 255 else np.uint16)


def _placed(header: NrrdHeader, found: list[SegNrrdSegment]) -> list[SegNrrdSegment]:
    """With a layer and a label for each, where the file is silent."""
    if any(key.endswith("_Layer") for key in header.keys):
        return found
    has_labels = any(key.endswith("_LabelValue") for key in header.keys)
    return [
        SegNrrdSegment(
            one.place, one.name, one.label if has_labels else 1, one.place - 1, one.colour, one.tags
        )
        for one in found
    ]


def _check_kind(header: NrrdHeader, count: int) -> None:
    kept = next((header.keys[key] for key in _KEPT_AS if key in header.keys), _VOXELS)
    if kept != _VOXELS:
        problem = f"is kept as '{kept[:60]}', not as voxels"
        raise VolumeError(header.path, problem, "save it from 3D Slicer as binary labelmap")
    if _EARLY in header.keys:
        problem = "is in a layout of early versions of 3D Slicer, which tells its place otherwise"
        raise VolumeError(header.path, problem, "export it there as a label map")
    if not 0 < count <= MOST_SEGMENTS:
        problem = f"holds {count} segments" if count else "holds no segment"
        raise VolumeError(header.path, problem, f"give one of 1 to {MOST_SEGMENTS}")


def _check_segments(path: Path, found: list[SegNrrdSegment], layers: int) -> None:
    seen = set()
    for one in found:
        if not 0 <= one.layer < layers or not 1 <= one.label <= LARGEST_LABEL:
            problem = f"segment {one.place} has label {one.label} in layer {one.layer}, which cannot be"
            raise VolumeError(path, problem, _SAVE_AGAIN)
        if (one.layer, one.label) in seen:
            problem = f"segment {one.place} has the label of another one"
            raise VolumeError(path, problem, _SAVE_AGAIN)
        seen.add((one.layer, one.label))


def _saved(one: SegNrrdSegment, patch: VoxelPatch) -> SavedSegment:
    shown = " ".join("".join(c if c.isprintable() else " " for c in one.name).split())
    pairs = (tag.partition(":") for tag in one.tags.split("|"))
    return SavedSegment(
        shown[:LONGEST_NAME].strip() or f"Segment {one.place}",
        one.layer,
        one.label,
        one.colour or palette_colour(one.place),
        patch,
        {name: value for name, colon, value in pairs if name and colon},
    )
