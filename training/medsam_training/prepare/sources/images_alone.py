"""Images without masks, for learning from images alone."""

from __future__ import annotations

from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources.file_names import (
    DICOM_SUFFIXES,
    MASK_FOLDERS,
    is_supported,
    looks_like_mask,
    stem,
)

KIND = "image"
"""Of a case without a mask."""


def find_images(source: Path) -> list[CaseSource]:
    """Every image file and every folder of DICOM files below a folder; or one file.

    Folders and files that are masks by their names are passed over; files of one name in different folders
    are told apart by the folder.

    Raises:
        SourceError: there is none.
    """
    if not source.exists():
        raise SourceError(source, "does not exist", "check the path")
    found = sorted(_below(source)) if source.is_dir() else [source] if is_supported(source) else []
    if not found:
        problem = "holds no images that can be read"
        raise SourceError(
            source, problem, "give a folder of NIfTI, NRRD, MHA, DICOM, PNG, JPEG or TIFF files"
        )
    root = source if source.is_dir() else source.parent
    return [_case(path, root) for path in found]


def _below(folder: Path) -> list[Path]:
    entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    files = [path for path in entries if path.is_file() and is_supported(path)]
    found = [path for path in files if not _is_dicom(path) and not looks_like_mask(path)]
    if any(map(_is_dicom, files)):
        found.append(folder)
    for path in entries:
        if path.is_dir() and path.name.lower() not in MASK_FOLDERS:
            found += _below(path)
    return found


def _is_dicom(path: Path) -> bool:
    return path.name.lower().endswith(DICOM_SUFFIXES)


def _case(path: Path, root: Path) -> CaseSource:
    above = path.relative_to(root).parts[:-1]
    return CaseSource("_".join((*above, stem(path))), root.resolve().name, path, kind=KIND)
