"""Marking one slice: nothing is written before Apply."""

from __future__ import annotations

import numpy as np
import slicer
from editor_desk import same
from effect_walk import EffectWalk
from hand import Mouse, picture, wait_to_see


class PreviewTest(EffectWalk):
    """Marking one slice: nothing is written before Apply."""

    def test_the_editor_offers_the_effect_with_help_and_icon(self) -> None:
        self.assertIn("MedSAM", list(self.desk.editor.availableEffectNames()))
        scripted = self.desk.editor.effectByName("MedSAM")
        self.assertIn("Not for clinical use", scripted.helpText())
        self.assertFalse(self.effect.icon().isNull())
        self.assertTrue(self.desk.button("MedSAMModel").text.startswith("Ready"))

    def test_a_drag_previews_and_writes_nothing_until_apply(self) -> None:
        segment = self.desk.add_segment("organ")
        self.box()
        self.assertTrue(self.red_pane.has_marks)
        self.assertFalse(self.desk.mask(segment).any())
        picture("effect-preview")
        wait_to_see(*map(self.desk.button, ("MedSAMModel", "MedSAMApply", "MedSAMStart")))
        mask = self.work.bench.session.preview.mask_yx
        index = self.work.bench.session.preview.prompt.index
        self.pressed("MedSAMApply")
        written = self.desk.mask(segment)
        np.testing.assert_array_equal(written[index], mask)
        self.assertFalse(np.delete(written, index, 0).any())

    def test_the_mask_follows_while_the_box_is_dragged(self) -> None:
        seen = []
        self.box()
        low, high = self.phantom.box()
        middle = (low + high) / 2
        xy = self.red._xy(middle)
        self.red._event("MouseMoveEvent", xy)
        self.red._event("LeftButtonPressEvent", xy)
        for step in range(1, 6):
            self.red._event("MouseMoveEvent", xy + np.array([8.0 * step, 0.0]))
            self.desk.settle()
            seen.append(self.work.bench.session.preview.mask_yx.copy())
        self.red._event("LeftButtonReleaseEvent", xy + np.array([40.0, 0.0]))
        self.assertGreater(len({mask.tobytes() for mask in seen}), 2)

    def test_the_first_box_makes_the_first_segment(self) -> None:
        self.assertEqual(self.desk.masks(), {})
        self.box()
        self.assertEqual(len(self.desk.masks()), 1)

    def test_the_editors_undo_and_redo_are_exact(self) -> None:
        segment = self.desk.add_segment("organ")
        self.box()
        before = self.desk.masks()
        self.pressed("MedSAMApply")
        after = self.desk.masks()
        self.assertTrue(after[segment].any())
        self.desk.button("UndoButton").click()
        self.assertTrue(same(self.desk.masks(), before))
        self.desk.button("RedoButton").click()
        self.assertTrue(same(self.desk.masks(), after))
        self.effect.actions.undo()
        self.assertTrue(same(self.desk.masks(), before))

    def test_clicks_add_and_take_away_and_escape_clears_them_then_the_box(self) -> None:
        self.box()
        self.red.click(self.phantom.middle())
        self.red.click(self.phantom.middle() + np.array([0, 30, 0]), ctrl=True)
        self.desk.settle()
        marked = self.work.bench.session.marked
        self.assertEqual([positive for _, positive in marked.clicks], [True, False])
        picture("effect-clicks")
        self.effect.actions.clear()
        self.assertEqual(self.work.bench.session.marked.clicks, ())
        self.effect.actions.clear()
        self.assertIsNone(self.work.bench.session.marked)
        self.assertFalse(self.red_pane.has_marks)
        self.desk.button("MedSAMNegative").click()
        self.red.click(self.phantom.middle())
        self.assertFalse(self.work.bench.session.marked.clicks[0][1])
        self.desk.button("MedSAMPositive").click()

    def test_every_view_can_be_marked_an_oblique_one_too(self) -> None:
        for name, axes in (("Green", "xz"), ("Yellow", "yz")):
            segment = self.desk.add_segment(name)
            self.box(Mouse(name), axes=axes)
            self.pressed("MedSAMApply")
            self.assertTrue(self.desk.mask(segment).any(), name)
        self.red.node.GetSliceToRAS().SetElement(2, 0, 0.35)
        self.red.node.GetSliceToRAS().SetElement(0, 2, -0.35)
        self.red.node.UpdateMatrices()
        self.desk.settle()
        segment = self.desk.add_segment("oblique")
        self.assertIsNone(self.red_pane.place.grid.axis)
        centre = self.red._xy(self.phantom.middle())
        ras = slicer.util.arrayFromVTKMatrix(self.red.node.GetXYToRAS())
        corners = [(ras @ [*(centre + offset), 0.0, 1.0])[:3] for offset in ((-30.0, -30.0), (30.0, 30.0))]
        self.red.drag(*corners)
        self.desk.settle()
        picture("effect-oblique")
        self.pressed("MedSAMApply")
        self.assertGreater(np.any(self.desk.mask(segment), axis=(1, 2)).sum(), 1)
        self.red.node.SetOrientationToAxial()
