"""A viewer's page in a real browser, worked as a user works it."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from medsam_core.geometry import Geometry
from medsam_core.prompts import Box

WIDTH, HEIGHT = 1280, 800
PATIENCE_MS = 60_000.0  # a busy machine of a test service
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_browser() -> str | None:
    """The path of a Chromium, or None."""
    given = os.environ.get("MEDSAM_CHROMIUM")
    return given or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def a_browser(path: str) -> Iterator[Any]:
    """A headless browser."""
    from playwright.sync_api import sync_playwright

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if is_root else [])
        yield browser
        browser.close()


class ViewerPage:
    """The page, in the words of its user.

    Args:
        page: Playwright's.
        link: the printed one.
        geometry: of the bundled case, whose axes are the patient's.
    """

    def __init__(self, page: Any, link: str, geometry: Geometry) -> None:
        self.page = page
        self._voxels = geometry.size_ijk[:2]
        # On screen the patient's left is to the right, and anterior is up.
        self._towards = -np.sign(np.diag(geometry.ijk_to_ras)[:2])
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(PATIENCE_MS)
        page.goto(link)
        self.wait_for("status", "Ready")

    def part(self, name: str) -> Any:
        """An element by its name."""
        return self.page.locator(f'[data-test="{name}"]')

    def text(self, name: str) -> str:
        """What an element says."""
        return self.part(name).first.inner_text()

    def wait_for(self, name: str, text: str) -> None:
        """Until an element says something."""
        self.part(name).filter(has_text=text).first.wait_for()

    def click(self, name: str) -> None:
        """Click an element, as soon as it can be."""
        self.part(name).first.click()

    def open_volume(self, file: str) -> None:
        """Choose a file in the list."""
        self.click("browse")
        self.part("file").filter(has_text=file).first.click()
        for _ in range(2):  # what the program answers after this click was heard; the reading has begun then
            self.page.evaluate("window.trame.trigger('key', ['none'])")
        self.wait_until("!get('volume_reading') || get('is_asking_unsaved')")
        if self.state("is_asking_unsaved"):
            self.click("open-unsaved")
            self.wait_until("!get('volume_reading')")
        self.page.locator(".empty").wait_for(state="detached")

    def at(self, i: float, j: float) -> tuple[float, float]:
        """Where a voxel of the axial slice is on the page, while the whole slice is shown."""
        area = self.page.locator(".layout-grid-item").nth(0).bounding_box()
        scale = min(area["width"] / self._voxels[0], area["height"] / self._voxels[1])
        x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
        return (
            x + self._towards[0] * (i - (self._voxels[0] - 1) / 2) * scale,
            y + self._towards[1] * (j - (self._voxels[1] - 1) / 2) * scale,
        )

    def press_at(self, i: float, j: float) -> None:
        """Press the left button on a voxel."""
        self.page.mouse.move(*self.at(i, j))
        self.page.mouse.down()

    def drag_to(self, i: float, j: float, steps: int = 8) -> None:
        """Move the pointer to a voxel."""
        self.page.mouse.move(*self.at(i, j), steps=steps)

    def drag_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Draw a box and wait for its mask."""
        self.press_at(x0, y0)
        self.drag_to(x1, y1)
        self.page.mouse.up()
        self.wait_for("confidence", "confidence")
        self.settle("confidence")

    def settle(self, name: str) -> None:
        """Until an element has said the same for a while: the mask of the last move is there."""
        before, since = "", 0
        while since < 4:
            self.page.wait_for_timeout(100)
            now = self.text(name)
            before, since = now, since + 1 if now == before else 0

    def scroll_to(self, k: int) -> None:
        """Turn the wheel over the axial view until a slice is on show."""
        self.page.mouse.move(*self.at(128, 128))
        for _ in range(60):
            shown = self._axial_slice()
            if shown == k:
                self.page.wait_for_timeout(250)  # no other is still on its way
                if self._axial_slice() == k:
                    return
                continue
            self.page.mouse.wheel(0, -120 if shown < k else 120)
            for _ in range(20):
                if self._axial_slice() != shown:
                    break
                self.page.wait_for_timeout(50)
        raise AssertionError(f"slice {k} never came")

    def _axial_slice(self) -> int:
        return int(self.text("slice-Axial").split("/")[0]) - 1

    def picture(self, view: int = 0) -> np.ndarray:
        """(y, x, 3) int16: a view as it is seen; axial, 3D, sagittal, coronal."""
        area = self.page.locator(".layout-grid-item").nth(view).screenshot()
        return np.asarray(Image.open(io.BytesIO(area)).convert("RGB")).astype(np.int16)

    def orange(self, view: int = 0) -> int:
        """Pixels of a view in the first segment's colour."""
        red, green, blue = np.moveaxis(self.picture(view), 2, 0)
        return int(np.count_nonzero((red - blue > 40) & (green - blue > 35)))

    def wait_for_orange(self, least: int, most: int = 10**9, view: int = 0) -> int:
        """Until so many pixels are in the segment's colour; returns how many."""
        for _ in range(100):
            seen = self.orange(view)
            if least <= seen <= most:
                return seen
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{seen} pixels in the segment's colour, not {least} to {most}")

    def save(self, kind: str, folder: Path) -> Path:
        """Download what was made."""
        with self.page.expect_download() as download:
            self.click(f"save-{kind}")
        path = folder / f"saved.{kind}"
        download.value.save_as(path)
        return path

    def state(self, name: str) -> Any:
        """A variable of the page."""
        return self.page.evaluate("name => window.trame.state.get(name)", name)

    def wait_until(self, condition: str) -> None:
        """Until something is true in the page; `get(name)` is one of its variables."""
        self.page.wait_for_function(
            f"(() => {{ const get = n => window.trame.state.get(n); return {condition} }})()"
        )

    def draw(self, box: Box) -> None:
        """Draw a box on its axial slice."""
        self.scroll_to(box.min_ijk[2])
        self.drag_box(*box.min_ijk[:2], *box.max_ijk[:2])

    def choose(self, name: str, text: str) -> None:
        """Choose a row of a list."""
        self.click(name)
        self.page.locator(".v-overlay").get_by_text(text).click()

    def millilitres(self) -> float:
        """Of the first segment."""
        return float(self.text("ml").split()[0])
