"""What to call a node: in an error, and as the name of a segment."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from medsam_core.prompts import LONGEST_NAME

if TYPE_CHECKING:
    from slicer import vtkMRMLNode

# Longer names are cut in messages; the segment keeps what a segment's name may hold.
_SHOWN = 60
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")


def clean_name(node: vtkMRMLNode, otherwise: str) -> str:
    """The node's name in one line of at most 128 characters, without control characters.

    Args:
        node: any node; names come from files and may hold anything.
        otherwise: the name of a node that has none.
    """
    letters = (
        " " if unicodedata.category(a) in ("Cc", "Cs", "Zl", "Zp") else a for a in node.GetName() or ""
    )
    return " ".join("".join(letters).split())[:LONGEST_NAME].strip() or otherwise


def subject_of(node: vtkMRMLNode, kind: str) -> str:
    """A node as the subject of an error: ``ROI 'R'``."""
    return f"{kind} '{clean_name(node, 'without a name')[:_SHOWN]}'"
