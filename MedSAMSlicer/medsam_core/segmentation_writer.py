"""Segmentations as files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from medsam_core.atomic_file import atomic_output
from medsam_core.errors import OutputError
from medsam_core.formats.dicom_seg_segments import SegAppearance
from medsam_core.formats.dicom_seg_source import SegSource, Source
from medsam_core.formats.dicom_seg_writer import MAKER, write_dicom_seg
from medsam_core.formats.meta_image_writer import write_meta_image
from medsam_core.formats.nifti_writer import check_nifti_size, write_nifti
from medsam_core.formats.nrrd_writer import write_nrrd
from medsam_core.formats.png_writer import check_png_size, write_png
from medsam_core.formats.seg_nrrd_writer import write_seg_nrrd
from medsam_core.geometry import Geometry
from medsam_core.segment_colours import RGB
from medsam_core.version import VERSION
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.prompt_journal import PromptJournal

LARGEST_LABEL = 65535


class Segmentation(Protocol):
    """What can be written: a label map with the names of its labels.

    Attributes:
        labels_kji: (k, j, i) whole numbers, 0 is background.
        geometry: the grid of the labels.
        segment_names: label to name; the labels of the file are these, present in the map or not.

    Optional: ``segment_colours`` (label to red, green, blue in 0..1) and ``terminology`` (label to a
    ``terminology.Terminology``).
    """

    labels_kji: np.ndarray
    geometry: Geometry
    segment_names: Mapping[int, str]


_LabelWriter = Callable[[Path, np.ndarray, Geometry], None]
_WRITERS: dict[str, _LabelWriter] = {
    ".nii": write_nifti,
    ".nii.gz": write_nifti,
    ".nrrd": write_nrrd,
    ".mha": write_meta_image,
    ".png": write_png,
}
_SIZE_CHECKS: dict[_LabelWriter, Callable[[Path, Geometry], None]] = {
    write_nifti: check_nifti_size,
    write_png: check_png_size,
}
_SEGMENTS = ".seg.nrrd"
_DICOM = ".dcm"
SUFFIXES = (".nii.gz", ".nii", ".nrrd", _SEGMENTS, ".mha", ".png", _DICOM)


def write_segmentation(
    segmentation: Segmentation | np.ndarray,
    path: str | os.PathLike[str],
    *,
    geometry: Geometry | None = None,
    names: Mapping[int, str] | None = None,
    colours: Mapping[int, RGB] | None = None,
    source: Source | None = None,
    algorithm: str = f"{MAKER} {VERSION}",
    journal: PromptJournal | None = None,
    overwrite: bool = False,
) -> None:
    """Write a segmentation; the suffix chooses the format, the file appears whole or not at all.

    One layer of labels is written, as 8-bit numbers, or 16-bit ones if a label is above 255. ``.seg.nrrd``
    carries names, colours and terminology for 3D Slicer; ``.dcm`` (a DICOM Segmentation) these too, the
    algorithm, and patient, study and images of the DICOM source; the others carry the numbers. The geometry
    is kept to float64's precision by .nrrd, .seg.nrrd and .mha, to float32's by NIfTI; .dcm has its source's;
    PNG (one slice) has none. Equal segmentations give equal bytes, but in .dcm, whose every file is a new
    object with a number and a date.

    Args:
        segmentation: the result of ``segment_volume`` or anything like ``Segmentation``; or a bare (k, j, i)
            array of labels together with ``geometry``.
        path: the file to write: .nii.gz, .nii, .nrrd, .seg.nrrd, .mha, .png or .dcm.
        geometry: the grid, for a bare array.
        names: label to name, instead of the segmentation's own; "segment N" for labels without.
        colours: label to (red, green, blue) in 0..1, likewise; otherwise from a fixed palette.
        source: for .dcm: the volume that was segmented, as read from DICOM, or the folder or files of its
            images.
        algorithm: for .dcm: what made the segments, such as program and model.
        journal: for .seg.nrrd: how the segments were made, to be replayed later; kept with each of them.
        overwrite: replace an existing file.

    Raises:
        OutputError: the suffix is not known, the labels cannot be written so, the file exists, or the folder
            or disk does not take it. Nothing is left behind.
    """
    target = Path(path)
    writer = _writer_for(target)
    grid = geometry if geometry is not None else getattr(segmentation, "geometry", None)
    if grid is None:
        raise OutputError(target, "the labels come without a geometry", "give the geometry of their volume")
    labels = _checked_labels(target, getattr(segmentation, "labels_kji", segmentation), grid)
    looks = _looks(segmentation, names, colours)
    images = SegSource.of(source, grid, target) if _is_dicom(target) else None
    with atomic_output(target, overwrite=overwrite) as temporary:
        if images is not None:
            appearance = SegAppearance(**looks, algorithm_name=algorithm)
            write_dicom_seg(temporary, labels, images, appearance, subject=target)
        elif writer is not None:
            writer(temporary, labels, grid)
        else:
            tags = {} if journal is None else journal.segment_tags()
            write_seg_nrrd(temporary, labels, grid, **looks, tags=tags)


def _looks(
    segmentation: object, names: Mapping[int, str] | None, colours: Mapping[int, RGB] | None
) -> dict[str, Any]:
    """What is known of the segments beyond their voxels."""
    return {
        "names": names if names is not None else getattr(segmentation, "segment_names", {}),
        "colours": colours or getattr(segmentation, "segment_colours", None) or {},
        "terminology": getattr(segmentation, "terminology", None) or {},
    }


def check_format(path: str | os.PathLike[str], volume: Volume) -> None:
    """Refuse a path that cannot take a segmentation of this volume: worth doing before long work.

    Raises:
        OutputError: the suffix is not known, the format cannot hold the volume's size, a DICOM file is wanted
            for a volume that did not come from DICOM, or the path is the image itself, which must not be
            replaced by its segmentation.
    """
    target = Path(path)
    writer = _writer_for(target)
    sources = volume.files or (volume.source,)
    if target.exists() and any(s is not None and s.is_file() and target.samefile(s) for s in sources):
        raise OutputError(target, "is the image itself", "write the segmentation under another name")
    if _is_dicom(target):
        SegSource.of(volume, volume.geometry, target)
    check = _SIZE_CHECKS.get(writer) if writer is not None else None
    if check is not None:
        check(target, volume.geometry)


def _writer_for(target: Path) -> _LabelWriter | None:
    """The writer for a suffix, None for those that want more than labels: .seg.nrrd and .dcm."""
    name = target.name.lower()
    if name.endswith((_SEGMENTS, _DICOM)):
        return None
    suffix = next((suffix for suffix in _WRITERS if name.endswith(suffix)), None)
    if suffix is None:
        problem = f"'{''.join(target.suffixes[-2:])}' is no format for a segmentation"
        raise OutputError(target, problem, f"name it with one of {' '.join(SUFFIXES)}")
    return _WRITERS[suffix]


def _is_dicom(target: Path) -> bool:
    return target.name.lower().endswith(_DICOM)


def _checked_labels(target: Path, labels: object, grid: Geometry) -> np.ndarray:
    """The labels as uint8, or uint16 if one needs it."""
    array = np.asarray(labels)
    if array.dtype.kind not in "bui":
        raise OutputError(target, f"the labels are {array.dtype} values", "give whole numbers")
    if array.shape != grid.shape_kji:
        problem = f"the labels have the shape {array.shape}, their grid {grid.shape_kji}"
        raise OutputError(target, problem, "give labels on the grid of the volume")
    smallest, largest = int(array.min()), int(array.max())
    if smallest < 0 or largest > LARGEST_LABEL:
        problem = f"the labels go from {smallest} to {largest}"
        raise OutputError(target, problem, f"number segments from 1 to {LARGEST_LABEL}")
    return array.astype(np.uint8 if largest <= 255 else np.uint16, copy=False)
