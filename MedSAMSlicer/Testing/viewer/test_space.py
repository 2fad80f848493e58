"""Slices among the surfaces of the view in three dimensions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from testkit.viewer_page import ViewerPage

SPACE = 1


def steady_picture(page: ViewerPage, other_than: np.ndarray | None = None) -> np.ndarray:
    """The view once it has come to rest, its names and buttons left out.

    Args:
        page: the page.
        other_than: what it showed before something was asked of it that changes it.
    """
    seen = None
    for _ in range(40):
        before, seen = seen, page.picture(SPACE)[60:].astype(float)
        changed = other_than is None or np.abs(seen - other_than).mean() > 0.5
        if changed and before is not None and np.abs(seen - before).mean() < 0.05:
            return seen
        page.page.wait_for_timeout(300)
    raise AssertionError("the view does not come to rest, or does not change")


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
    axial = steady_picture(a_space)
    a_space.click("in-space-Coronal")
    both = steady_picture(a_space, other_than=axial)
    assert both.mean() > axial.mean() + 5
    a_space.click("in-space-Coronal")
    again = steady_picture(a_space, other_than=both)
    assert abs(again.mean() - axial.mean()) < 2
    a_space.click("in-space-Axial")
    none = steady_picture(a_space, other_than=again)
    assert none.mean() < axial.mean() - 5
    a_space.click("in-space-Axial")
    assert abs(steady_picture(a_space, other_than=none).mean() - axial.mean()) < 2


def test_slices_that_are_seen_through_are_still_seen(a_space: ViewerPage) -> None:
    shown = steady_picture(a_space)
    a_space.click("in-space-Axial")
    nothing = steady_picture(a_space, other_than=shown)
    a_space.click("in-space-Axial")
    one = steady_picture(a_space, other_than=nothing)
    a_space.click("see-through")
    other = steady_picture(a_space, other_than=one)
    a_space.click("see-through")
    steady_picture(a_space, other_than=other)
    differences = (np.abs(picture - nothing).max(axis=2) for picture in (one, other))
    faint, solid = sorted(differences, key=np.mean)  # others may have clicked the button before
    where = solid > 60
    assert where.sum() > 1000
    assert 0.2 < faint[where].mean() / solid[where].mean() < 0.7
