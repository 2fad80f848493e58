"""DICOM segmentations (SEG): frames with a place each, of a segment each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medsam_core.formats.header_checks import check_claim, check_memory, unpacked_limit
from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.dicom_header import DAMAGE, need_pydicom
from medsam_training.prepare.readers.mask import Mask
from medsam_training.prepare.readers.overlap import LayeredLabels

if TYPE_CHECKING:
    import pydicom

_TOLERANCE_VOXELS = 0.1
_MOST_SEGMENTS = 65535


def read_dicom_seg(path: Path, image: Volume) -> Mask:
    """Labels of a SEG object on the grid of its image; the numbers are the segment numbers.

    Binary, fractional (more than half of the maximum counts) and label map objects. Frames are laid where
    their positions say; where segments overlap, the one of the higher number stands.

    Args:
        path: the SEG file.
        image: the series it was drawn on.

    Raises:
        CaseError: no segmentation, damaged, or its frames do not lie on the image's pixels.
    """
    need_pydicom()
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        dataset = pydicom.dcmread(path, defer_size="1 KB")
        if str(dataset.get("Modality", "")) != "SEG":
            raise CaseError(path, "is no DICOM segmentation", "name the SEG file as mask")
        return _mask(path, dataset, image)
    except InvalidDicomError as error:
        raise CaseError(path, "is no DICOM file", "copy it again") from error
    except DAMAGE as error:
        problem = f"is damaged, or of a kind that cannot be read ({type(error).__name__})"
        raise CaseError(path, problem, "convert it to .nrrd or .nii.gz") from error


def _mask(path: Path, dataset: pydicom.Dataset, image: Volume) -> Mask:
    count = int(dataset.get("NumberOfFrames", 1))
    shape = (count, int(dataset.Rows), int(dataset.Columns))
    bits = int(dataset.BitsAllocated)
    held = unpacked_limit(path.stat().st_size, compressed=True)
    check_claim(path, shape, max(1, bits // 8), held * 8 // min(bits, 8))
    check_memory(path, image.geometry.shape_kji, 2)
    names = {int(s.SegmentNumber): str(s.SegmentLabel) for s in dataset.SegmentSequence}
    names.pop(0, None)  # label map objects name their background
    if not names or max(names) > _MOST_SEGMENTS:
        raise CaseError(path, "has no segments, or too many", "save the segmentation again")
    built = LayeredLabels(image.geometry.shape_kji, max(names))
    frames = [(_segment(dataset, n), n) for n in range(count)]
    places = [_place(path, dataset, n, image.geometry, shape[1:]) for n in range(count)]
    by_frame = _frames(dataset)
    if _is_in_order(frames):
        for (segment, n), pixels in zip(frames, by_frame, strict=True):
            _lay(built, segment, places[n], pixels, dataset)
    else:  # segments in the order of their numbers, whatever the order of the frames
        pixels = list(by_frame)
        for segment, n in sorted(frames):
            _lay(built, segment, places[n], pixels[n], dataset)
    return Mask(built.labels_kji, image.geometry, names, notes=built.notes(names))


def _is_in_order(frames: list[tuple[int, int]]) -> bool:
    return frames == sorted(frames)


def _lay(built: LayeredLabels, segment: int, k: int, pixels: np.ndarray, dataset: pydicom.Dataset) -> None:
    kind = str(dataset.SegmentationType)
    if kind == "LABELMAP":
        for number in np.unique(pixels[pixels > 0]).tolist():
            built.add(number, k, pixels == number)
    elif kind == "FRACTIONAL":
        built.add(segment, k, pixels > float(dataset.get("MaximumFractionalValue", 255)) / 2)
    else:
        built.add(segment, k, pixels > 0)


def _frames(dataset: pydicom.Dataset) -> Iterator[np.ndarray]:
    """(y, x) of each frame; one in memory at a time where the file is not compressed."""
    rows, columns, count = int(dataset.Rows), int(dataset.Columns), int(dataset.get("NumberOfFrames", 1))
    if int(dataset.BitsAllocated) != 1 or dataset.file_meta.TransferSyntaxUID.is_compressed:
        from pydicom.pixels import iter_pixels

        yield from iter_pixels(dataset)
        return
    packed = np.frombuffer(dataset.PixelData, np.uint8)
    area = rows * columns
    for n in range(count):
        first, last = n * area // 8, -(-(n + 1) * area // 8)
        bits = np.unpackbits(packed[first:last], bitorder="little")
        yield bits[n * area - first * 8 :][:area].reshape(rows, columns)


def _segment(dataset: pydicom.Dataset, frame: int) -> int:
    """The segment of a frame; 0 in label maps, whose pixels tell it."""
    if str(dataset.SegmentationType) == "LABELMAP":
        return 0
    return int(_group(dataset, frame, "SegmentIdentificationSequence").ReferencedSegmentNumber)


def _place(
    path: Path, dataset: pydicom.Dataset, frame: int, grid: Geometry, shape_yx: tuple[int, int]
) -> int:
    """The slice k that a frame lies on."""
    axes = np.array(_group(dataset, frame, "PlaneOrientationSequence").ImageOrientationPatient, float)
    row_mm, column_mm = (float(v) for v in _group(dataset, frame, "PixelMeasuresSequence").PixelSpacing)
    corner = np.array(_group(dataset, frame, "PlanePositionSequence").ImagePositionPatient, float)
    last = corner + axes[:3] * column_mm * (shape_yx[1] - 1) + axes[3:] * row_mm * (shape_yx[0] - 1)
    found = grid.to_ijk([corner, last], "lps")
    k = round(float(found[0, 2]))
    columns, rows, slices = grid.size_ijk
    expected = np.array([[0, 0, k], [columns - 1, rows - 1, k]])
    if shape_yx != (rows, columns) or np.abs(found - expected).max() > _TOLERANCE_VOXELS:
        problem = f"its frame {frame + 1} does not lie on the pixels of its image"
        raise CaseError(path, problem, "resample the segmentation onto the series")
    if not 0 <= k < slices:
        problem = f"its frame {frame + 1} lies outside of its image"
        raise CaseError(path, problem, "put the whole series there")
    return k


def _group(dataset: pydicom.Dataset, frame: int, name: str) -> Any:
    """A functional group of a frame: its own, else the one that all frames share."""
    own = dataset.PerFrameFunctionalGroupsSequence[frame]
    return (own if name in own else dataset.SharedFunctionalGroupsSequence[0])[name].value[0]
