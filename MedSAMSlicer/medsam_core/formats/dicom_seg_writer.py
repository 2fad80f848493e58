"""Segmentations as DICOM files that refer to the images they were made on."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OutputError
from medsam_core.formats.dicom_seg_segments import SegAppearance
from medsam_core.formats.dicom_seg_source import SegSource
from medsam_core.formats.label_numbers import labels_in
from medsam_core.version import VERSION

if TYPE_CHECKING:
    import highdicom

MAKER = "MedSAMSlicer"
_SERIES_NUMBERS_UP = 1000


def write_dicom_seg(
    path: Path,
    labels_kji: np.ndarray,
    source: SegSource,
    appearance: SegAppearance,
    *,
    subject: object = None,
) -> None:
    """Write a label map as a DICOM Segmentation (binary, PS3.3 A.51) that refers to its source images.

    Every named label and every label in the map becomes a segment, in the order of the labels. Each frame
    lies exactly where its source image lies, tilted gantry or uneven slices included; frames without a voxel
    are left out, unless all are. Patient and study are the source's; what identifies nobody there stays
    empty. The file is a new object each time: it has a number and a date of its own.

    Args:
        path: the file to write.
        labels_kji: (k, j, i) uint8 or uint16.
        source: the images of their grid.
        appearance: names, colours, terms and algorithm.
        subject: what to call the file in an error; its path by default.

    Raises:
        OutputError: there is no segment, or the source's headers are too much against the standard.
        OSError: from the file system.
    """
    labels = sorted({*appearance.names, *labels_in(labels_kji)} - {0})
    if not labels:
        raise OutputError(subject or path, "there is no segment to write", "segment something first")
    numbers_kji = _renumbered(labels_kji, labels)
    with _library_errors(subject or path):
        segmentation = _segmentation(numbers_kji, source, appearance, labels)
        segmentation.save_as(path)


def _renumbered(labels_kji: np.ndarray, labels: list[int]) -> np.ndarray:
    """Labels as 1, 2, 3 in their order: DICOM's numbers of segments have no gaps."""
    numbers = np.zeros(2**16, dtype=np.uint8 if len(labels) < 256 else np.uint16)
    numbers[labels] = np.arange(1, len(labels) + 1)
    return numbers[labels_kji]


def _segmentation(
    numbers_kji: np.ndarray, source: SegSource, appearance: SegAppearance, labels: list[int]
) -> highdicom.seg.Segmentation:
    import highdicom

    first = source.headers[0]
    return highdicom.seg.Segmentation(
        source_images=list(source.headers),
        pixel_array=numbers_kji,
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[appearance.describe(n, label) for n, label in enumerate(labels, 1)],
        series_instance_uid=highdicom.UID(),
        series_number=int(first.get("SeriesNumber") or 0) % 2**30 + _SERIES_NUMBERS_UP,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MAKER,
        software_versions=VERSION,
        device_serial_number="0",
        content_label="SEGMENTATION",
        content_description=f"Made with {MAKER}, not for clinical use",
        series_description=f"Segmentation, {MAKER}",
        specific_character_set="ISO_IR 192",
        omit_empty_frames=True,
    )


@contextmanager
def _library_errors(subject: object) -> Iterator[None]:
    """The library's complaints about the source's headers as one of ours, and none of its chatter."""
    logger = logging.getLogger("highdicom")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        problem = f"the headers of its source images do not allow it ({reason})"
        raise OutputError(subject, problem, "write .seg.nrrd, which needs no images") from error
    finally:
        logger.setLevel(level)
