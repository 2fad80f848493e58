"""A user's hand in the application: mouse, time, and what the screen shows."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import qt
import slicer

PICTURES = os.environ.get("MEDSAM_PICTURES", "")
"""A folder for pictures of the application; none are made without."""


def wait_until(
    condition: Callable[[], object], seconds: float = 60.0, told: str = "it did not happen in time"
) -> None:
    """Let the event loop turn until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, told
        slicer.app.processEvents()


def wait(seconds: float = 0.1) -> None:
    """Let the event loop turn for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        slicer.app.processEvents()


def picture(name: str, widget: qt.QWidget | None = None) -> None:
    """Keep what the application (or a widget) shows."""
    if PICTURES:
        wait(0.5)
        shown = (widget or slicer.util.mainWindow()).grab()
        shown.save(str(Path(PICTURES) / f"{name}.png"))


def a_usual_screen() -> None:
    """The main window in the size that everything important has to fit in."""
    slicer.util.mainWindow().resize(1600, 1000)
    wait()


def is_in_sight(widget: qt.QWidget) -> bool:
    """Whether all of a widget is seen, without scrolling."""
    seen = widget.visibleRegion().boundingRect()
    return bool(widget.visible) and (seen.width(), seen.height()) == (widget.width, widget.height)


def wait_to_see(*widgets: qt.QWidget) -> None:
    """Until all of each is in sight; what has just appeared is scrolled to when it has its place."""
    for widget in widgets:
        told = f"{widget.objectName} is not seen without scrolling"
        wait_until(lambda widget=widget: is_in_sight(widget), 10, told)


class Mouse:
    """In one slice view; places are those of the volume, in RAS mm.

    Args:
        name: of the view ("Red").
    """

    def __init__(self, name: str) -> None:
        self.widget = slicer.app.layoutManager().sliceWidget(name)
        self.node = self.widget.mrmlSliceNode()
        self.interactor = self.widget.sliceView().interactor()

    def drag(self, start_ras: np.ndarray, end_ras: np.ndarray, steps: int = 8) -> None:
        """Press, move, release."""
        start, end = self._xy(start_ras), self._xy(end_ras)
        self._event("EnterEvent", start)
        self._event("MouseMoveEvent", start)
        self._event("LeftButtonPressEvent", start)
        for step in range(1, steps + 1):
            self._event("MouseMoveEvent", start + (end - start) * step / steps)
            slicer.app.processEvents()
        self._event("LeftButtonReleaseEvent", end)

    def click(self, ras: np.ndarray, ctrl: bool = False) -> None:
        """Press and release."""
        for event in ("MouseMoveEvent", "LeftButtonPressEvent", "LeftButtonReleaseEvent"):
            self._event(event, self._xy(ras), ctrl)

    def move(self, ras: np.ndarray) -> None:
        """Nothing is pressed."""
        self._event("EnterEvent", self._xy(ras))
        self._event("MouseMoveEvent", self._xy(ras))

    def _xy(self, ras: np.ndarray) -> np.ndarray:
        matrix = slicer.util.arrayFromVTKMatrix(self.node.GetXYToRAS())
        return (np.linalg.inv(matrix) @ [*ras, 1.0])[:2]

    def _event(self, name: str, xy: np.ndarray, ctrl: bool = False) -> None:
        self.interactor.SetEventInformation(round(xy[0]), round(xy[1]), int(ctrl), 0, "", 0, "")
        self.interactor.InvokeEvent(name)


class Beats:
    """A timer in the application that notices for how long it was not served."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last: float | None = None
        self._timer = qt.QTimer()
        self._timer.interval = 1
        self._timer.connect("timeout()", self._beat)

    def __enter__(self) -> Beats:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now = time.perf_counter()
        if self._last is not None:
            self.longest = max(self.longest, now - self._last)
        self._last = now


class Held:
    """How long calls of a method hold the main thread.

    Args:
        owner: the object.
        name: of the method.

    Attributes:
        seconds: of each call.
        processor: seconds of processor time of each call: what is left on a machine that others use too.
    """

    def __init__(self, owner: object, name: str) -> None:
        self.seconds: list[float] = []
        self.processor: list[float] = []
        self._owner, self._name, self._call = owner, name, getattr(owner, name)

    def __enter__(self) -> Held:
        def timed(*args: object) -> object:
            started, computed = time.perf_counter(), time.thread_time()
            try:
                return self._call(*args)
            finally:
                self.seconds.append(time.perf_counter() - started)
                self.processor.append(time.thread_time() - computed)

        setattr(self._owner, self._name, timed)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._owner, self._name, self._call)
