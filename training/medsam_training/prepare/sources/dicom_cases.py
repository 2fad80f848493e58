"""DICOM series with DICOM segmentations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.readers.dicom_header import read_header
from medsam_training.prepare.sources.file_names import DICOM_SUFFIXES

_TAGS = ("Modality", "SeriesInstanceUID", "SOPInstanceUID", "PatientID", "ReferencedSeriesSequence")


@dataclass(frozen=True)
class _Segmentation:
    """A SEG file; `refers_to` are the series it was drawn on and its images, as far as it says."""

    path: Path
    refers_to: tuple[str, ...]
    patient: str


@dataclass(frozen=True)
class _Series:
    """Where images lie; `uid` is empty where an anonymiser took it."""

    folder: Path
    uid: str


def recognises(source: Path) -> bool:
    """A folder with a DICOM file that is a segmentation."""
    return source.is_dir() and any(_segmentations(source))


def find(source: Path) -> list[CaseSource]:
    """A case for each segmentation; its image is the series it refers to. The group is the patient.

    The patient's number does not go into the prepared set, a hash of it does.

    Raises:
        SourceError: the series is not there.
    """
    known = _series_by_number(source)
    return [_case(source, seg, known) for seg in _segmentations(source)]


def patient_group(patient: str) -> str | None:
    """A name for a patient that does not tell who it is."""
    digest = hashlib.sha256(patient.strip().encode()).hexdigest()
    return f"patient-{digest[:12]}" if patient.strip() else None


def _case(source: Path, seg: _Segmentation, known: dict[str, _Series]) -> CaseSource:
    series = next((known[number] for number in seg.refers_to if number in known), None)
    if series is None:
        raise SourceError(seg.path, f"its images are not under {source}", "put its series there too")
    name = "_".join(seg.path.relative_to(source).with_suffix("").parts)
    return CaseSource(
        name,
        source.resolve().name,
        series.folder,
        seg.path,
        group=patient_group(seg.patient),
        series=series.uid or None,
    )


def _segmentations(source: Path) -> Iterator[_Segmentation]:
    for path in _dicom_files(source):
        header = read_header(path, _TAGS)
        if header is None or str(header.get("Modality", "")) != "SEG":
            continue
        numbers = []
        for series in header.get("ReferencedSeriesSequence") or []:
            numbers.append(str(series.get("SeriesInstanceUID", "")))
            images = series.get("ReferencedInstanceSequence") or []
            numbers += [str(image.get("ReferencedSOPInstanceUID", "")) for image in images[:1]]
        yield _Segmentation(path, tuple(filter(None, numbers)), str(header.get("PatientID", "")))


def _series_by_number(source: Path) -> dict[str, _Series]:
    """The series by their own numbers and by those of their images (in the file's preamble, if need be)."""
    found: dict[str, _Series] = {}
    for path in _dicom_files(source):
        header = read_header(path, _TAGS)
        if header is None or str(header.get("Modality", "")) == "SEG":
            continue
        uid = str(header.get("SeriesInstanceUID") or "")
        image = header.get("SOPInstanceUID") or header.file_meta.get("MediaStorageSOPInstanceUID")
        for number in filter(None, (uid, str(image or ""))):
            found.setdefault(number, _Series(path.parent, uid))
    return found


def _dicom_files(source: Path) -> Iterator[Path]:
    yield from sorted(p for p in source.rglob("*") if p.suffix.lower() in DICOM_SUFFIXES and p.is_file())
