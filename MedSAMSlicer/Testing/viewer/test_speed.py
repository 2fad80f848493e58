"""How fast the viewer is, measured as a user would with a stopwatch; the figures of docs/viewer.md.

`python -m pytest -s -m long MedSAMSlicer/Testing/viewer/test_speed.py` prints them.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest

from medsam_core.prompts import Box
from testkit.viewer_page import HEIGHT, WIDTH, ViewerPage
from testkit.viewer_process import ViewerProcess

pytestmark = pytest.mark.long

ROUNDS = 10
DRAG_SECONDS = 4.0


def seconds_until(condition: Any, patience: float = 120) -> float:
    """Until something is true."""
    started = time.perf_counter()
    while not condition():
        assert time.perf_counter() - started < patience
        time.sleep(0.02)
    return time.perf_counter() - started


def test_from_the_command_to_the_first_view(the_browser: Any, needs_viewer: None) -> None:
    started = time.perf_counter()
    viewer = ViewerProcess("--demo")
    to_link = time.perf_counter() - started
    context = the_browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = context.new_page()
    try:
        page.goto(viewer.link)
        area = page.locator(".layout-grid-item").first
        area.wait_for(timeout=120_000)
        seconds_until(lambda: len(area.screenshot()) > 20_000)  # an image of the brain, no black
        to_view = time.perf_counter() - started
        page.locator('[data-test="status"]').filter(has_text="Ready").wait_for(timeout=120_000)
        to_model = time.perf_counter() - started
    finally:
        context.close()
        viewer.close()
    print(
        f"\nfrom the command: link {to_link:.1f} s, first view {to_view:.1f} s, model ready {to_model:.1f} s"
    )
    assert to_view < 120


def test_from_letting_go_of_a_box_to_its_mask(a_page: ViewerPage, the_box: Box) -> None:
    (x0, y0), (x1, y1) = the_box.min_ijk[:2], the_box.max_ijk[:2]
    a_page.scroll_to(the_box.min_ijk[2])
    a_page.page.wait_for_timeout(1500)  # the slice was read, as it is while a user aims
    times = []
    for n in range(ROUNDS):
        a_page.page.keyboard.press("Escape")
        a_page.wait_for("confidence", "Drag a box")
        a_page.page.evaluate(
            """() => {
                const said = () => document.querySelector('[data-test="confidence"]').innerText;
                window.took = null;
                addEventListener("pointerup", () => {
                    const from = performance.now();
                    const look = () => said().startsWith("confidence")
                        ? window.took = performance.now() - from : requestAnimationFrame(look);
                    look();
                }, { once: true, capture: true });
            }"""
        )
        a_page.press_at(x0, y0)
        a_page.drag_to(x1 - n % 3, y1, steps=1)
        a_page.page.mouse.up()
        a_page.page.wait_for_function("window.took !== null")
        times.append(a_page.page.evaluate("window.took"))
    print(f"\nbox to mask: median {statistics.median(times):.0f} ms, most {max(times):.0f} ms of {ROUNDS}")
    assert statistics.median(times) < 2000


def test_pictures_per_second_while_a_box_is_dragged(a_page: ViewerPage, the_box: Box) -> None:
    a_page.scroll_to(the_box.min_ijk[2])
    a_page.page.wait_for_timeout(1500)
    (x0, y0), (x1, y1) = the_box.min_ijk[:2], the_box.max_ijk[:2]
    a_page.page.evaluate(
        """() => {
            window.pictures = 0;
            const count = () => window.pictures++;
            const view = document.querySelector(".layout-grid-item img.image-display-area");
            new MutationObserver(count).observe(view, { attributeFilter: ["src"] });
        }"""
    )
    a_page.press_at(x0, y0)
    started, n = time.perf_counter(), 0
    while time.perf_counter() - started < DRAG_SECONDS:
        a_page.page.mouse.move(*a_page.at(x1 - n % 17, y1 - n % 11))
        n += 1
    rate = a_page.page.evaluate("window.pictures") / (time.perf_counter() - started)
    a_page.page.mouse.up()
    print(f"\nwhile a box is dragged: {rate:.0f} pictures a second ({n / DRAG_SECONDS:.0f} moves a second)")
    assert rate > 2
