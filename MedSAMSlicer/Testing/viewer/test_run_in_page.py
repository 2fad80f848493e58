"""A propagation in the page: seen from all sides, mended before and after it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from medsam_core.prompts import Box
from medsam_core.volume_reader import read_volume
from testkit.viewer_page import ViewerPage

SAGITTAL, CORONAL = 2, 3
MARKED = "some(cell => cell.index === {} && cell.text.includes('marked by you'))"


@pytest.fixture
def within_the_box(a_page: ViewerPage) -> Iterator[ViewerPage]:
    """Only what a box says is looked at: how far a run goes does not hang on the model."""
    a_page.choose("strategy", "Within the box")
    yield a_page
    a_page.page.evaluate("window.trame.state.set('strategy', 'track')")


def start(page: ViewerPage, box: Box) -> None:
    """Find what the box holds on its slice and on two to each side."""
    page.draw(box)
    for end, index in (("first", box.min_ijk[2] - 2), ("last", box.min_ijk[2] + 2)):
        page.part(f"through-{end}").fill(str(index + 1))
        page.part(f"through-{end}").press("Tab")
    page.click("propagate")
    page.wait_for("run", "found on 5 slices; not written yet")


@pytest.fixture
def a_run(within_the_box: ViewerPage, the_box: Box) -> ViewerPage:
    """The lesion found on five slices, not written."""
    start(within_the_box, the_box)
    return within_the_box


def cells(page: ViewerPage) -> dict[int, str]:
    """Slice number -> what its cell of the strip says."""
    return {cell["index"]: cell["text"] for cell in page.state("strip")}


def half(box: Box) -> tuple[float, float, float, float]:
    """Its left half."""
    (x0, y0), (x1, y1) = box.min_ijk[:2], box.max_ijk[:2]
    return x0, y0, (x0 + x1) / 2, y1


def written(page: ViewerPage, folder: Path) -> np.ndarray:
    """(k, j, i) bool: what is in the segments."""
    return read_volume(page.save("nii.gz", folder)).array_kji > 0


def test_what_is_found_is_seen_in_all_three_slice_views_before_it_is_written(
    within_the_box: ViewerPage, the_box: Box
) -> None:
    a_page = within_the_box
    middle = [(low + high) // 2 for low, high in zip(the_box.min_ijk, the_box.max_ijk, strict=True)]
    for name, index in (("Sagittal", middle[0]), ("Coronal", middle[1])):
        # As the slider says it; the bundled case's axes are the patient's.
        a_page.page.evaluate("([n, i]) => window.trame.state.set(n, i)", [f"{name}_index", index])
        a_page.wait_for(f"slice-{name}", f"{index + 1} / 256")
    before = [a_page.orange(view) for view in (SAGITTAL, CORONAL)]
    start(a_page, the_box)
    for view, seen in zip((SAGITTAL, CORONAL), before, strict=True):
        a_page.wait_for_orange(seen + 300, view=view)
    assert a_page.millilitres() == 0
    a_page.click("discard")
    for view, seen in zip((SAGITTAL, CORONAL), before, strict=True):
        a_page.wait_for_orange(0, seen + 60, view=view)


def test_a_corrected_slice_changes_no_slice_beyond_its_neighbours(a_run: ViewerPage, the_box: Box) -> None:
    before, k = cells(a_run), the_box.min_ijk[2] + 1
    a_run.scroll_to(k)
    a_run.drag_box(*half(the_box))
    a_run.wait_for("accept", "Correct")
    a_run.page.keyboard.press("Enter")
    a_run.wait_until(f"get('strip').{MARKED.format(k)}")
    after = cells(a_run)
    assert sorted(n for n in before if before[n] != after[n]) == [k]


def test_what_was_written_keeps_its_strip_and_is_mended_in_one_step_of_undo(
    a_run: ViewerPage, the_box: Box, tmp_path: Path
) -> None:
    a_run.click("commit")
    a_run.wait_for("run", "written on")
    assert a_run.part("strip").locator(".cell").count() == len(cells(a_run))
    before, k = written(a_run, tmp_path), the_box.min_ijk[2] + 1
    a_run.part("strip").locator(".cell").nth(k - min(cells(a_run))).click()
    a_run.wait_for("slice-Axial", f"{k + 1} / 25")
    a_run.drag_box(*half(the_box))
    a_run.wait_for("accept", "Correct")
    a_run.click("accept")
    a_run.wait_for("message", "Written")
    a_run.wait_until(f"get('strip').{MARKED.format(k)}")
    after = written(a_run, tmp_path)
    assert list(np.flatnonzero((before != after).any(axis=(1, 2)))) == [k]
    a_run.page.keyboard.press("Control+z")
    a_run.wait_until(f"!get('strip').{MARKED.format(k)} && get('strip').length")
    np.testing.assert_array_equal(written(a_run, tmp_path), before)
    a_run.page.keyboard.press("Control+z")
    a_run.wait_for("ml", "0.00 ml")
    a_run.part("strip").wait_for(state="detached")


def test_within_a_box_that_reaches_through_slices_nothing_else_is_looked_at(
    within_the_box: ViewerPage, the_box: Box
) -> None:
    a_page, k = within_the_box, the_box.min_ijk[2]
    a_page.part("through-first").wait_for(state="detached")
    a_page.draw(the_box)
    assert a_page.part("through-first").input_value() == str(k + 1)
    a_page.part("through-first").fill(str(k))
    a_page.part("through-first").press("Tab")
    a_page.wait_until(f"get('through')[0] === {k}")
    a_page.scroll_to(k + 2)
    a_page.click("through-here")
    a_page.wait_until(f"get('through')[1] === {k + 3}")
    a_page.click("propagate")
    a_page.wait_for("run", "found on 4 slices")
    assert sorted(cells(a_page)) == [k - 1, k, k + 1, k + 2]


def test_a_protected_segment_takes_no_box_and_the_page_says_why(a_page: ViewerPage, the_box: Box) -> None:
    a_page.click("add-segment")
    a_page.page.get_by_label("Protect: no edit changes it").first.click()
    a_page.press_at(*the_box.min_ijk[:2])
    a_page.drag_to(*the_box.max_ijk[:2])
    a_page.wait_for("message", "is protected")
    a_page.page.mouse.up()
    assert "is protected" in a_page.text("message")
    assert a_page.text("confidence") == "Drag a box in a slice."
