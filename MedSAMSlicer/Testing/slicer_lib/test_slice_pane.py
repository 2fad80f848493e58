"""What a view shows and what is drawn over it, in real renderers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.mrml.volume_node import volume_of
from medsam_core.volume import Volume
from MedSAMSlicerLib.slice_pane import SlicePane
from testkit.effect_at_work import ALONG_RAS, PLANES
from testkit.mrml_nodes import a_new_scene, add_slice_view, add_volume
from testkit.two_balls import MIDDLE, two_balls


@pytest.fixture
def a_view() -> tuple[SlicePane, Volume, Any]:
    """An axial view of the two balls, its volume, its renderer."""
    from vtkmodules.vtkRenderingCore import vtkRenderer

    scene, renderer = a_new_scene(), vtkRenderer()
    volume = volume_of(add_volume(scene, two_balls(), ALONG_RAS, "CT"))
    view = add_slice_view(scene, PLANES[0][1], (200, 160), (100.0, 80.0))
    return SlicePane(view, renderer, lambda: None, 2.0), volume, renderer


def visible(renderer: Any) -> int:
    props = renderer.GetViewProps()
    return sum(props.GetItemAsObject(n).GetVisibility() for n in range(props.GetNumberOfItems()))


def test_scrolling_says_which_way_and_zooming_does_not(a_view: Any) -> None:
    pane, volume, _ = a_view
    assert pane.look(volume) == 0 and pane.place.index == MIDDLE
    pane.node.SetFieldOfView(50.0, 40.0, 1.0)
    assert pane.look(volume) is None
    pane.jump_to(MIDDLE + 3, pane.place.grid, volume)
    assert pane.look(volume) == 1 and pane.place.index == MIDDLE + 3
    pane.jump_to(MIDDLE, pane.place.grid, volume)
    assert pane.look(volume) == -1
    pane.jump_to(99, pane.place.grid, volume)
    assert pane.look(volume) is None, "there is no such slice"


def test_beside_the_volume_and_without_one_nothing_is_shown(a_view: Any) -> None:
    pane, volume, renderer = a_view
    pane.look(volume)
    pane.draw([], (8, 16, 36, 44))
    assert visible(renderer)
    pane.node.JumpSliceByOffsetting(40.0, 32.0, 400.0)
    assert pane.look(volume) is None and pane.place is None
    pane.draw([], (8, 16, 36, 44))
    assert not visible(renderer) and not pane.has_marks
    assert pane.look(None) is None


def test_masks_box_and_clicks_are_drawn_and_gone_when_it_is_closed(a_view: Any) -> None:
    pane, volume, renderer = a_view
    pane.look(volume)
    mask = np.zeros(pane.place.grid.shape_yx, bool)
    mask[20:40, 10:30] = True
    pane.draw([(mask, (1.0, 0.0, 0.0))], (8, 16, 36, 44), (((20, 30), True),), "0.93")
    assert visible(renderer) == 6, "fill, outline, frame, handles, dot, number"
    pane.clear()
    assert not visible(renderer)
    pane.close()
    assert renderer.GetViewProps().GetNumberOfItems() == 0


def test_it_is_drawn_anew_only_if_there_is_or_was_something(a_view: Any) -> None:
    _, volume, renderer = a_view
    drawn: list[int] = []
    pane = SlicePane(a_view[0].node, renderer, lambda: drawn.append(1))
    pane.look(volume)
    pane.clear()
    assert drawn == []
    pane.draw([], (8, 16, 36, 44))
    pane.clear()
    pane.clear()
    assert len(drawn) == 2
