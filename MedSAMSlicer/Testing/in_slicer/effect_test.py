"""The effect in the real application: real widgets, a real scene, a real mouse.

    Slicer --testing --python-script Testing/in_slicer/effect_test.py

Without PyTorch a stub answers in the model's place, and the test says so. ``MEDSAM_TEST_PATTERN`` names
some of the tests; ``MEDSAM_PICTURES`` a folder for pictures of the application.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent))

import numpy as np
import qt
import slicer
from editor_desk import HAS_SMALL_PACKAGES, HAS_TORCH, EditorDesk, same, the_workshop
from hand import Beats, Held, Mouse, picture, wait, wait_until
from phantom import LARGE, Phantom


@unittest.skipUnless(HAS_SMALL_PACKAGES, "the small packages are not installed: no session can be")
class EffectTest(unittest.TestCase):
    """A user's walks."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.workshop = the_workshop()
        slicer.util.mainWindow().resize(1400, 1100)
        if not HAS_TORCH:
            print("PyTorch is not installed: a stub answers in the model's place.")

    def setUp(self) -> None:
        slicer.mrmlScene.Clear(0)
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        self.phantom = Phantom()
        self.desk = EditorDesk(self.phantom.node)
        self.effect = self.desk.switch_on()
        self.work = self.effect.work
        self.red = Mouse("Red")
        self.show(self.phantom.middle())

    def tearDown(self) -> None:
        self.desk.editor.setActiveEffect(None)
        self.desk.settle()

    def show(self, ras: np.ndarray) -> None:
        """Bring all views to a place."""
        for name in ("Red", "Green", "Yellow"):
            slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().JumpSliceByOffsetting(*ras)
        self.desk.settle()

    @property
    def red_pane(self) -> object:
        """The red view as the effect sees it."""
        return self.effect.views.of(self.red.widget)

    def box(self, mouse: Mouse | None = None, of: str = "left", axes: str = "xy") -> None:
        """Drag a box around an organ and wait for its mask."""
        (mouse or self.red).drag(*self.phantom.box(of, axes))
        self.desk.settle()
        self.assertIsNotNone(self.work.bench.session.preview, self.work.status.text)

    def pressed(self, name: str) -> None:
        """Press a button of the options."""
        button = self.desk.button(name)
        self.assertTrue(button.enabled, f"{name} cannot be pressed: {self.work.status.text}")
        button.click()
        self.desk.settle()

    # One slice

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

    # Masking

    def test_overwrite_modes_and_locked_neighbours_hold_bit_for_bit(self) -> None:
        wall_kji = np.zeros(self.phantom.size_ijk[::-1], bool)
        i = int(np.argmin(np.abs(np.linspace(-128, 128, 128) - self.phantom.middle()[0])))
        wall_kji[:, :, i:] = True
        settings = self.desk.settings
        for mode, protect, gives_way in (
            (settings.OverwriteAllSegments, False, True),
            (settings.OverwriteNone, False, False),
            (settings.OverwriteAllSegments, True, False),
        ):
            with self.subTest(mode=mode, protect=protect):
                wall = self.desk.add_segment("wall", wall_kji)
                organ = self.desk.add_segment("organ")
                settings.SetOverwriteMode(mode)
                self.desk.button("MedSAMProtect").checked = protect
                self.box()
                answer = self.work.bench.session.preview.result.mask_yx(wall_kji.shape[1:])
                index = self.work.bench.session.preview.prompt.index
                self.pressed("MedSAMApply")
                expected = wall_kji.copy()
                if gives_way:
                    expected[index] &= ~answer
                np.testing.assert_array_equal(self.desk.mask(wall), expected)
                free = answer & ~wall_kji[index] if protect else answer
                np.testing.assert_array_equal(self.desk.mask(organ)[index], free)
                self.desk.button("MedSAMProtect").checked = False
                for segment in (wall, organ):
                    self.desk.segmentation.GetSegmentation().RemoveSegment(segment)
                self.desk.switch_on()  # without a segment the editor switches effects off
        settings.SetOverwriteMode(settings.OverwriteAllSegments)

    def test_editable_intensities_and_area_hold(self) -> None:
        settings, values = self.desk.settings, slicer.util.arrayFromVolume(self.phantom.node)
        settings.SetSourceVolumeIntensityMask(True)
        settings.SetSourceVolumeIntensityMaskRange(155.0, 1000.0)
        segment = self.desk.add_segment("organ")
        self.box()
        mask, index = (
            self.work.bench.session.preview.mask_yx,
            self.work.bench.session.preview.prompt.index,
        )
        self.pressed("MedSAMApply")
        np.testing.assert_array_equal(self.desk.mask(segment)[index], mask & (values[index] >= 155))
        settings.SetSourceVolumeIntensityMask(False)
        area_kji = np.zeros(values.shape, bool)
        area_kji[:, : values.shape[1] // 2] = True
        area = self.desk.add_segment("area", area_kji)
        inside = self.desk.add_segment("inside")
        settings.SetOverwriteMode(settings.OverwriteNone)
        settings.SetMaskSegmentID(area)
        settings.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment)
        self.box()
        mask = self.work.bench.session.preview.mask_yx
        self.pressed("MedSAMApply")
        np.testing.assert_array_equal(self.desk.mask(inside)[index], mask & area_kji[index])
        settings.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedEverywhere)
        settings.SetOverwriteMode(settings.OverwriteAllSegments)

    # Through the volume

    def test_a_propagation_fills_the_strip_is_written_once_and_undone_at_once(self) -> None:
        segment = self.desk.add_segment("organ")
        before = self.desk.masks()
        self.box()
        self.pressed("MedSAMStart")
        strip = self.effect.options.strip
        self.assertTrue(strip.visible and len(strip._cells) > 5)
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

    def test_a_propagation_can_be_cancelled_and_discarded(self) -> None:
        self.desk.add_segment("organ")
        self.box()
        self.desk.button("MedSAMStart").click()
        wait_until(lambda: self.work.showing.run.done >= 2)
        started = time.perf_counter()
        self.desk.button("MedSAMCancel").click()
        self.assertLess(time.perf_counter() - started, 0.1)
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

    # What changes around it

    def test_another_volume_and_other_content_are_taken_in(self) -> None:
        self.box()
        other = Phantom(name="other", seed=1)
        self.desk.editor.setSourceVolumeNode(other.node)
        self.desk.settle()
        self.assertEqual(self.work.bench.volume.name, "other")
        self.assertIsNone(self.work.bench.session.marked)
        slicer.util.arrayFromVolume(other.node)[:] += 5
        slicer.util.arrayFromVolumeModified(other.node)
        stale = self.work.bench.volume
        wait_until(lambda: self.work.bench.volume is not stale, 5)
        self.box()

    def test_a_transform_moves_the_marks_with_the_volume(self) -> None:
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        matrix = np.eye(4)
        matrix[:3, 3] = 20.0, -10.0, 12.0
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
        for node in (self.phantom.node, self.desk.segmentation):
            node.SetAndObserveTransformNodeID(transform.GetID())
        stale = self.work.bench.volume
        wait_until(lambda: self.work.bench.volume is not stale, 5)
        segment = self.desk.add_segment("organ")
        self.show(self.phantom.middle() + matrix[:3, 3])
        self.red.drag(*(corner + matrix[:3, 3] for corner in self.phantom.box()))
        self.desk.settle()
        self.pressed("MedSAMApply")
        found = np.argwhere(self.desk.mask(segment)).mean(axis=0)[::-1]
        expected = (self.phantom.middle() / self.phantom.spacing) + (np.array(self.phantom.size_ijk) - 1) / 2
        np.testing.assert_allclose(found, expected, atol=4)

    def test_layouts_come_and_go_and_a_lightbox_is_refused(self) -> None:
        layout = slicer.app.layoutManager()
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
        wait(0.2)
        self.assertEqual(len(self.work.panes()), 1)
        self.box(Mouse("Red"))
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        wait(0.2)
        self.assertEqual(len(self.work.panes()), 3)
        self.red.node.SetLayoutGrid(2, 2)
        wait(0.2)
        if self.red.node.GetLayoutGridRows() > 1:
            self.assertIsNone(self.red_pane.place)
            self.assertIn("lightbox", self.desk.button("MedSAMHint").text)
            self.red.node.SetLayoutGrid(1, 1)
            wait(0.2)
        self.assertIsNotNone(self.red_pane.place)

    def test_switching_off_leaves_no_actor_and_gives_the_keys_back(self) -> None:
        window = slicer.util.mainWindow()
        escape = lambda: [  # noqa: E731
            one for one in window.findChildren("QShortcut") if one.key.toString() == "Esc" and one.enabled
        ]
        self.assertEqual(len(escape()), 1, "ours alone")
        renderer = self.red.widget.sliceView().renderWindow().GetRenderers().GetItemAsObject(0)
        self.box()
        on = renderer.GetViewProps().GetNumberOfItems()
        self.desk.editor.setActiveEffect(None)
        wait(0.1)
        self.assertLess(renderer.GetViewProps().GetNumberOfItems(), on)
        self.assertEqual(len(escape()), 1, "the editor's")
        self.desk.switch_on()
        self.assertIsNotNone(self.work.bench.session.marked, "what was marked is there again")

    def test_keys_write_clear_and_undo_as_long_as_the_effect_is_on(self) -> None:
        segment = self.desk.add_segment("organ")
        window = slicer.util.mainWindow()

        def press(name: str) -> None:
            (key,) = [
                one
                for one in window.findChildren("QShortcut")
                if one.enabled and one.key.toString() == name and one not in before
            ]
            key.activated()
            self.desk.settle()

        self.desk.editor.setActiveEffect(None)
        before = window.findChildren("QShortcut")
        self.desk.switch_on()
        self.box()
        press("Return")
        self.assertTrue(self.desk.mask(segment).any())
        press("Ctrl+Z")
        self.assertFalse(self.desk.mask(segment).any())
        self.box()
        press("Esc")
        self.assertIsNone(self.work.bench.session.marked)
        press("N")
        self.assertIn("start one first", self.work.status.text)

    def test_two_editors_do_not_disturb_each_other(self) -> None:
        self.box()
        other = slicer.qMRMLSegmentEditorWidget()
        settings = slicer.vtkMRMLSegmentEditorNode()
        settings.SetSingletonTag("second")
        other.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNode(settings))
        other.setMRMLScene(slicer.mrmlScene)
        second = EditorDesk(self.phantom.node, other)
        self.desk.editor.setActiveEffect(None)
        effect = second.switch_on()
        self.assertIsNot(effect.work, self.work)
        self.assertIs(effect.work.bench.session.model, self.work.bench.session.model)
        self.assertIsNone(effect.work.bench.session.marked)
        other.setActiveEffect(None)
        self.desk.switch_on()
        self.assertIsNotNone(self.work.bench.session.marked)

    def test_closing_the_scene_ends_everything_and_the_next_scene_works(self) -> None:
        self.box()
        self.desk.button("MedSAMStart").click()
        slicer.mrmlScene.Clear(0)
        wait(0.3)
        self.assertIsNone(self.work.bench.session)
        self.phantom = Phantom()
        self.desk = EditorDesk(self.phantom.node)
        self.effect = self.desk.switch_on()
        self.work = self.effect.work
        self.show(self.phantom.middle())
        self.box()

    def test_reloading_the_module_leaves_the_effect_at_work(self) -> None:
        if not hasattr(slicer.modules, "medsamslicer"):
            self.skipTest("the module MedSAM is not loaded here")
        self.box()
        slicer.modules.medsamslicer.widgetRepresentation()
        slicer.util.reloadScriptedModule("MedSAMSlicer")
        wait(0.3)
        self.assertIsNotNone(self.work.bench.session.preview)
        self.pressed("MedSAMApply")

    def test_a_scene_that_was_saved_comes_back_with_segments_and_journal(self) -> None:
        segment = self.desk.add_segment("organ")
        self.box()
        self.pressed("MedSAMApply")
        mask = self.desk.mask(segment)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.util.saveScene(path))
            slicer.mrmlScene.Clear(0)
            slicer.util.loadScene(path)
        node = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        again = slicer.util.arrayFromSegmentBinaryLabelmap(
            node, node.GetSegmentation().GetNthSegmentID(0), volume
        )
        np.testing.assert_array_equal(again.astype(bool), mask)
        from medsam_core.mrml.journal_source import journal_from

        self.assertEqual(len(journal_from((node, node.GetSegmentation().GetNthSegmentID(0))).entries), 1)

    def test_a_missing_package_is_said_with_a_button_and_nothing_pops_up(self) -> None:
        from types import SimpleNamespace

        needs, model = self.workshop.needs, self.workshop._model
        sentence = "PyTorch is needed (about 200 MB)."
        self.workshop.needs = SimpleNamespace(missing=("torch",), sentence=sentence, install=lambda: None)
        self.workshop._model = None
        self.workshop.refresh()
        self.assertEqual(self.desk.button("MedSAMModel").text, sentence)
        self.assertTrue(self.desk.button("MedSAMInstall").visible)
        picture("effect-without-torch")
        self.workshop.needs, self.workshop._model = needs, model
        self.workshop.refresh()
        self.assertFalse(self.desk.button("MedSAMInstall").visible)


@unittest.skipIf(HAS_SMALL_PACKAGES, "the packages are installed")
class NothingInstalledTest(unittest.TestCase):
    """On the first day."""

    def test_the_effect_says_what_is_needed_and_stays_out_of_the_way(self) -> None:
        workshop = the_workshop()
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        phantom = Phantom()
        desk = EditorDesk(phantom.node)
        desk.editor.setActiveEffectByName("MedSAM")
        wait(0.2)
        self.assertEqual(desk.button("MedSAMModel").text, workshop.needs.sentence)
        self.assertTrue(desk.button("MedSAMInstall").visible)
        Mouse("Red").drag(*phantom.box())
        wait(0.2)
        self.assertIsNone(desk.effect.work.bench.session)
        self.assertFalse(desk.button("MedSAMApply").enabled)
        picture("effect-nothing-installed")
        slicer.mrmlScene.Clear(0)


@unittest.skipUnless(HAS_SMALL_PACKAGES, "the small packages are not installed: no session can be")
class LargeVolumeTest(unittest.TestCase):
    """Times on a CT of 512 x 512 x 200."""

    def test_it_answers_at_once_and_never_holds_the_application(self) -> None:
        the_workshop()
        slicer.mrmlScene.Clear(0)
        slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        phantom = Phantom(LARGE)
        desk = EditorDesk(phantom.node)
        with Held(desk.effect.work, "begin") as begin:
            desk.editor.setActiveEffectByName("MedSAM")
        effect = desk.switch_on()
        for name in ("Red", "Green", "Yellow"):
            slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().JumpSliceByOffsetting(
                *phantom.middle()
            )
        desk.settle()
        segment = desk.add_segment("organ")
        red, session = Mouse("Red"), effect.work.bench.session
        low, high = phantom.box()
        red.move(low)
        desk.settle()
        first = self._first_preview(red, session, low, high)
        drags = self._drags(red, session, (low + high) / 2)
        print(
            f"TIMES switching on {begin.processor[0] * 1e3:.0f} ms of computing;"
            f" box to first preview {first * 1e3:.0f} ms;"
            f" drag to preview median {np.median(drags) * 1e3:.0f} ms, most {max(drags) * 1e3:.0f} ms",
            flush=True,
        )
        with Beats() as beats, Held(effect.work, "take") as held:
            desk.button("MedSAMStart").click()
            run_started = time.perf_counter()
            desk.settle(400)
            seconds = time.perf_counter() - run_started
        slices = effect.work.showing.run.done
        desk.button("MedSAMWrite").click()
        desk.settle()
        self.assertGreater(np.any(desk.mask(segment), axis=(1, 2)).sum(), 20)
        print(
            f"TIMES {slices} slices in {seconds:.1f} s; our slots held the main thread for"
            f" {max(held.seconds) * 1e3:.0f} ms at most, {max(held.processor) * 1e3:.0f} ms of it computing;"
            f" a timer waited {beats.longest * 1e3:.0f} ms; {effect.work.status.text}",
            flush=True,
        )
        desk.editor.setActiveEffect(None)

    def _first_preview(self, red: Mouse, session: object, low: np.ndarray, high: np.ndarray) -> float:
        for event, ras in (("LeftButtonPressEvent", low), ("MouseMoveEvent", high)):
            red._event(event, red._xy(ras))
        started = time.perf_counter()
        wait_until(lambda: session.preview is not None)
        seconds = time.perf_counter() - started
        red._event("LeftButtonReleaseEvent", red._xy(high))
        wait(0.5)
        return seconds

    def _drags(self, red: Mouse, session: object, middle: np.ndarray) -> list[float]:
        xy, times = red._xy(middle), []
        red._event("LeftButtonPressEvent", xy)
        for step in range(1, 11):
            before = session.preview
            started = time.perf_counter()
            red._event("MouseMoveEvent", xy + np.array([6.0 * step, 0.0]))
            wait_until(lambda before=before: session.preview is not before)
            times.append(time.perf_counter() - started)
        red._event("LeftButtonReleaseEvent", xy + np.array([60.0, 0.0]))
        return times


def run() -> int:
    """All tests; 0 if they hold."""
    chosen = os.environ.get("MEDSAM_TEST_PATTERN", "")
    loader = unittest.TestLoader()
    if chosen:
        loader.testNamePatterns = [f"*{chosen}*"]
    cases = (NothingInstalledTest, EffectTest, LargeVolumeTest)
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    outcome = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    return 0 if outcome.wasSuccessful() else 1


if __name__ == "__main__":
    slicer.util.exit(run())
