"""Files for the browser to download."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from slicer import vtkMRMLSegmentationNode, vtkMRMLSegmentationStorageNode, vtkSegmentation

from medsam_core.errors import OutputError, PromptError
from medsam_core.mrml.journal_tag import journal_of
from medsam_core.mrml.segmentation_node import labels_of
from medsam_core.segmentation_writer import write_segmentation
from medsam_viewer.open_volume import OpenVolume


def file_of(opened: OpenVolume, kind: str, segment_id: str | None) -> tuple[str, bytes]:
    """A file's name and content.

    Args:
        opened: what is saved.
        kind: a row of the table: "seg.nrrd", "nii.gz" or "json" (the journal of one segment).
        segment_id: whose journal.

    Raises:
        OutputError: it cannot be written, or there is no such kind.
        PromptError: there is no journal.
    """
    if kind not in _WRITERS:
        raise OutputError(kind, "is no kind of file that is saved", f"choose {', '.join(_WRITERS)}")
    stem = re.sub(r"[^\w.-]+", "_", opened.volume.name).strip("._")[:60] or "volume"
    name = f"{stem}-{'journal' if kind == 'json' else 'segmentation'}.{kind}"
    with tempfile.TemporaryDirectory(prefix="medsam-") as folder:
        path = Path(folder) / name
        _WRITERS[kind](opened, path, segment_id)
        return name, path.read_bytes()


def _seg_nrrd(opened: OpenVolume, path: Path, segment_id: str | None) -> None:
    """By Slicer's own writer: it keeps overlapping segments, and the journals in their tags.

    It is given a copy, since it merges the layers of what it writes and counts their labels anew.
    """
    copy = vtkMRMLSegmentationNode()
    copy.SetName(opened.segmentation.GetName())
    copy.SetAndObserveSegmentation(vtkSegmentation())
    copy.GetSegmentation().DeepCopy(opened.segmentation.GetSegmentation())
    storage = vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    if not storage.WriteData(copy):
        raise OutputError(path.name, "Slicer did not write it", "save as NIfTI instead")


def _nifti(opened: OpenVolume, path: Path, segment_id: str | None) -> None:
    write_segmentation(labels_of(opened.segmentation, opened.node), path)


def _journal(opened: OpenVolume, path: Path, segment_id: str | None) -> None:
    journal = journal_of(opened.segmentation, segment_id) if segment_id else None
    if journal is None:
        raise PromptError("journal", "the selected segment was not made with MedSAM", "select one that was")
    path.write_text(journal.to_json(indent=1) + "\n", encoding="utf-8")


_WRITERS: dict[str, Callable[[OpenVolume, Path, str | None], None]] = {
    "seg.nrrd": _seg_nrrd,
    "nii.gz": _nifti,
    "json": _journal,
}
