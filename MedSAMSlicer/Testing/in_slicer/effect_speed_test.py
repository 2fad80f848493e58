"""Times on a large volume."""

from __future__ import annotations

import time
import unittest

import numpy as np
import slicer
from editor_desk import EditorDesk
from hand import Beats, Held, Mouse, wait, wait_until
from installed import needs_packages
from phantom import LARGE, Phantom


@needs_packages
class LargeVolumeTest(unittest.TestCase):
    """Times on a CT of 512 x 512 x 200."""

    def test_it_answers_at_once_and_never_holds_the_application(self) -> None:
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
