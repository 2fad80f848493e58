"""Which segments must not change. Slicer itself has no locked segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.mrml.segment_tags import PROTECTED, is_protected, set_tag, tag_of

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode


class SegmentProtection:
    """The protected segments of a node: told here or kept in their tags, whatever is undone.

    Args:
        node: the segmentation.

    Attributes:
        all_others: whether an edit may change no segment but its own.
    """

    def __init__(self, node: vtkMRMLSegmentationNode) -> None:
        self._node = node
        self._told: dict[str, bool] = {}
        self.all_others = False

    def tell(self, segment_id: str, protected: bool) -> None:
        """Protect a segment, or no longer; `keep` writes it into the tags."""
        self._told[segment_id] = protected

    def is_protected(self, segment_id: str) -> bool:
        """Whether no edit may change a segment."""
        return self._told.get(segment_id, is_protected(self._node, segment_id))

    def from_edits_of(self, segment_id: str) -> list[str]:
        """The ids of the segments that an edit of this one must not change."""
        others = [one for one in self._node.GetSegmentation().GetSegmentIDs() if one != segment_id]
        return [one for one in others if self.all_others or self.is_protected(one)]

    def keep(self) -> None:
        """Write what was told into the tags, where an undo may have changed it."""
        for segment_id, protected in self._told.items():
            text = "1" if protected else ""
            exists = self._node.GetSegmentation().GetSegment(segment_id) is not None
            if exists and (tag_of(self._node, segment_id, PROTECTED) or "") != text:
                set_tag(self._node, segment_id, PROTECTED, text)
