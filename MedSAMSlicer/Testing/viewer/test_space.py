"""Slices among the surfaces of the view in three dimensions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from testkit.viewer_page import ViewerPage

SPACE = 1


def brightness(page: ViewerPage) -> float:
    """Mean grey of the view, its names and buttons left out."""
    return float(page.picture(SPACE)[60:].mean())


def wait_for_brightness(page: ViewerPage, low: float, high: float) -> None:
    """Until the view is as bright as that."""
    for _ in range(100):
        seen = brightness(page)
        if low < seen < high:
            return
        page.page.wait_for_timeout(100)
    raise AssertionError(f"brightness {seen}, not {low} to {high}")


def show_the_axial_slice_alone(page: ViewerPage) -> None:
    """As it is when the viewer begins."""
    for name, shown in (("Axial", True), ("Sagittal", False), ("Coronal", False)):
        if page.state(f"{name}_in_space") != shown:
            page.click(f"in-space-{name}")
            page.wait_until(f"get('{name}_in_space') === {str(shown).lower()}")


@pytest.fixture
def a_space(a_page: ViewerPage) -> Iterator[ViewerPage]:
    """With the axial slice alone; others may have clicked about before."""
    show_the_axial_slice_alone(a_page)
    yield a_page
    show_the_axial_slice_alone(a_page)


def test_each_slice_is_shown_among_the_surfaces_or_not(a_space: ViewerPage) -> None:
    axial = brightness(a_space)
    a_space.click("in-space-Coronal")
    wait_for_brightness(a_space, axial + 5, 255)
    a_space.click("in-space-Coronal")
    a_space.click("in-space-Axial")
    wait_for_brightness(a_space, 0, axial - 5)
    a_space.click("in-space-Axial")
    wait_for_brightness(a_space, axial - 2, axial + 2)


def test_slices_that_are_seen_through_are_still_seen(a_space: ViewerPage) -> None:
    a_space.click("in-space-Axial")
    a_space.page.wait_for_timeout(700)
    nothing = a_space.picture(SPACE)
    a_space.click("in-space-Axial")
    a_space.page.wait_for_timeout(700)
    one = np.abs(a_space.picture(SPACE) - nothing).max(axis=2)
    a_space.click("see-through")
    a_space.page.wait_for_timeout(700)
    other = np.abs(a_space.picture(SPACE) - nothing).max(axis=2)
    a_space.click("see-through")
    faint, solid = sorted((one, other), key=np.mean)  # others may have clicked the button before
    where = solid > 60
    assert where.sum() > 1000
    assert 0.2 < faint[where].mean() / solid[where].mean() < 0.7
