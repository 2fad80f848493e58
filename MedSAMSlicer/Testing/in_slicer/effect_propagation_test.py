"""Through the volume."""

from __future__ import annotations

import time

import numpy as np
import qt
import slicer
from editor_desk import same
from effect_walk import EffectWalk
from hand import a_usual_screen, is_in_sight, picture, wait_to_see, wait_until


class PropagationTest(EffectWalk):
    """Through the volume."""

    def test_a_propagation_fills_the_strip_is_written_once_and_undone_at_once(self) -> None:
        segment = self.desk.add_segment("organ")
        before = self.desk.masks()
        self.box()
        self.pressed("MedSAMStart")
        strip = self.effect.options.strip
        self.assertTrue(strip.visible and len(strip._cells) > 5)
        wait_to_see(*map(self.desk.button, ("MedSAMStrip", "MedSAMWrite", "MedSAMNext")))
        self.assertFalse(self.desk.mask(segment).any())
        picture("effect-strip")
        first = strip._cells[0]["index"]
        left = qt.Qt.LeftButton
        press = qt.QMouseEvent(qt.QEvent.MouseButtonPress, qt.QPointF(1, 5), left, left, qt.Qt.NoModifier)
        qt.QApplication.sendEvent(strip, press)
        self.desk.settle()
        self.assertEqual(self.effect.actions.index_on_show, first)
        self.pressed("MedSAMNext")
        self.pressed("MedSAMWrite")
        written = self.desk.mask(segment)
        self.assertGreater(np.any(written, axis=(1, 2)).sum(), 5)
        self.assertIn("Written", self.work.status.text)
        self.desk.button("UndoButton").click()
        self.assertTrue(same(self.desk.masks(), before))

    def test_where_the_panel_is_short_the_strip_is_scrolled_to(self) -> None:
        slicer.util.mainWindow().resize(1600, 700)
        self.addCleanup(a_usual_screen)
        self.box()
        self.assertFalse(is_in_sight(self.desk.button("MedSAMStart")), "else there is nothing to scroll")
        self.desk.button("MedSAMStart").click()
        wait_until(lambda: self.work.showing.run.done >= 2)
        wait_to_see(self.desk.button("MedSAMStrip"))
        self.desk.settle()

    def test_a_propagation_can_be_cancelled_and_discarded(self) -> None:
        self.desk.add_segment("organ")
        self.box()
        self.desk.button("MedSAMStart").click()
        wait_until(lambda: self.work.showing.run.done >= 2)
        started, computed = time.perf_counter(), time.thread_time()
        self.desk.button("MedSAMCancel").click()
        self.assertLess(time.thread_time() - computed, 0.1)
        self.assertLess(time.perf_counter() - started, 1.0, "it waited for the slice under way")
        self.desk.settle()
        self.assertEqual(self.work.showing.run.phase.value, "cancelled")
        self.pressed("MedSAMDiscard")
        self.assertIsNone(self.work.showing.run)

    def test_a_correction_mends_between_its_neighbours(self) -> None:
        segment = self.desk.add_segment("organ")
        self.box()
        self.pressed("MedSAMStart")
        self.pressed("MedSAMWrite")
        before = self.desk.mask(segment)
        run = self.work.showing.strip
        index = next(n for n in sorted(run.slices) if n not in run.held())
        self.effect.actions.jump(index)
        self.desk.settle()
        up = np.array([0, 0, (index - self.phantom.size_ijk[2] // 2 + 0.5) * self.phantom.spacing[2]])
        self.red.drag(*(corner * [1, 1, 0] + up for corner in self.phantom.box()))
        self.desk.settle()
        self.assertEqual(self.desk.button("MedSAMApply").text, "Correct")
        self.pressed("MedSAMApply")
        self.assertFalse(self.work.status.is_problem, self.work.status.text)
        self.effect.actions.undo()
        np.testing.assert_array_equal(self.desk.mask(segment), before)
