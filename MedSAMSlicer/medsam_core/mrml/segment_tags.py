"""Texts kept with a segment: they follow undo and redo, and are saved in .seg.nrrd and scenes."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from medsam_core.errors import OutputError

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

PROTECTED = "MedSAM.Protected"

# The file that keeps them puts ":" after a name and "|" after a value; what follows either is lost or
# becomes another tag.
_SEPARATORS = {"name": ":|", "text": "|"}
_LONGEST = {"name": 128, "text": 1 << 24}


def tag_of(node: vtkMRMLSegmentationNode, segment_id: str, name: str) -> str | None:
    """The text of a segment's tag; None if it has no such tag, or there is no such segment."""
    from vtkmodules.vtkCommonCore import reference

    segment = node.GetSegmentation().GetSegment(segment_id)
    text = reference("")
    return text.get() if segment is not None and segment.GetTag(name, text) else None


def set_tag(node: vtkMRMLSegmentationNode, segment_id: str, name: str, text: str) -> None:
    """Keep a text with a segment; an empty one removes the tag.

    Raises:
        OutputError: see `check_tag`.
    """
    check_tag(name, text)
    segment = node.GetSegmentation().GetSegment(segment_id)
    if text:
        segment.SetTag(name, text)
    else:
        segment.RemoveTag(name)


def check_tag(name: str, text: str) -> None:
    """Refuse a tag that would not come back from a file as it was.

    Raises:
        OutputError: it is empty, too long, or has a control character or one that separates tags.
    """
    for kind, value in (("name", name), ("text", text)):
        subject = f"tag '{name[:60]}'"
        if len(value) > _LONGEST[kind] or (kind == "name" and not value):
            problem = f"its {kind} has {len(value)} characters"
            raise OutputError(subject, problem, f"give at most {_LONGEST[kind]}")
        bad = any(c in _SEPARATORS[kind] or unicodedata.category(c) in ("Cc", "Cs") for c in value)
        if bad:
            raise OutputError(subject, f"its {kind} has characters that files lose", "encode it as base64")


def is_protected(node: vtkMRMLSegmentationNode, segment_id: str) -> bool:
    """Whether a segment is marked as one that must not change. Slicer itself has no locked segments."""
    return tag_of(node, segment_id, PROTECTED) == "1"
