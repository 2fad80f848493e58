"""Which segments must not change. Slicer itself has no locked segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medsam_core.mrml.edit_mask import is_visible
from medsam_core.mrml.segment_tags import PROTECTED, is_protected, set_tag, tag_of

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLSegmentEditorNode


class SegmentProtection:
    """The protected segments of a node: told here or kept in their tags, whatever is undone.

    Args:
        node: the segmentation.
        editor: settings of editing.

    Attributes:
        all_others: whether an edit may change no segment but its own. What the settings ask for goes before:
            a segment that they let others overlap needs no protection, and one that editing is to happen
            inside of cannot have it.
    """

    def __init__(self, node: vtkMRMLSegmentationNode, editor: vtkMRMLSegmentEditorNode) -> None:
        self._node, self._editor = node, editor
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
        return [one for one in others if self.is_protected(one) or (self.all_others and self._is_free(one))]

    def _is_free(self, segment_id: str) -> bool:
        """Whether the settings leave it open what becomes of a segment."""
        editor, node, visible = self._editor, self._node, is_visible(self._node, segment_id)
        overlaps = {editor.OverwriteNone: True, editor.OverwriteVisibleSegments: not visible}
        inside = {
            node.EditAllowedInsideSingleSegment: segment_id == editor.GetMaskSegmentID(),
            node.EditAllowedInsideAllSegments: True,
            node.EditAllowedInsideVisibleSegments: visible,
        }
        return not (overlaps.get(editor.GetOverwriteMode()) or inside.get(editor.GetMaskMode()))

    def keep(self) -> None:
        """Write what was told into the tags, where an undo may have changed it."""
        for segment_id, protected in self._told.items():
            text = "1" if protected else ""
            exists = self._node.GetSegmentation().GetSegment(segment_id) is not None
            if exists and (tag_of(self._node, segment_id, PROTECTED) or "") != text:
                set_tag(self._node, segment_id, PROTECTED, text)
