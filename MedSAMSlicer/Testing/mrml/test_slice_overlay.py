"""What is drawn over a slice, looked at pixel by pixel in a rendered picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from medsam_core.interaction.mask_shape import mask_fill, mask_outline
from testkit.mrml_nodes import a_new_scene

SIZE = (120, 90)
ORANGE = (1.0, 0.5, 0.0)


@pytest.fixture
def an_overlay() -> Any:
    """Over a black picture of 120 x 90 pixels; `.picture()` gives it, first row at the bottom."""
    a_new_scene()  # skips without Slicer's core
    vtk = pytest.importorskip("vtkmodules.vtkRenderingCore")
    import vtkmodules.vtkRenderingFreeType
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - the one that draws
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    from medsam_core.mrml.slice_overlay import SliceOverlay

    window, renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)

    class Shown(SliceOverlay):
        def picture(self) -> np.ndarray:
            window.Render()
            pixels = vtkUnsignedCharArray()
            window.GetRGBACharPixelData(0, 0, SIZE[0] - 1, SIZE[1] - 1, 0, pixels)
            return vtk_to_numpy(pixels).reshape(SIZE[1], SIZE[0], 4)[:, :, :3].astype(int)

    return Shown(renderer)


def shown_mask(overlay: Any, mask_yx: np.ndarray) -> None:
    """A pixel of the mask for each of the picture."""
    overlay.show_mask(mask_fill(mask_yx) + 0.5, mask_outline(mask_yx) + 0.5, ORANGE)


def a_ring() -> np.ndarray:
    """With a hole."""
    mask = np.zeros(SIZE[::-1], bool)
    mask[20:70, 30:90] = True
    mask[35:55, 50:70] = False
    return mask


def test_an_overlay_that_was_told_nothing_draws_nothing(an_overlay: Any) -> None:
    assert not an_overlay.picture().any()


def test_a_mask_is_in_its_segments_colour_and_its_hole_is_free(an_overlay: Any) -> None:
    shown_mask(an_overlay, a_ring())
    picture = an_overlay.picture()
    red, green, blue = picture[25, 40]  # well inside
    assert red > 60 and blue < 10 and abs(green - red / 2) < 10
    assert not picture[45, 60].any(), "the hole"
    assert not picture[5, 5].any(), "beside it"
    edge = picture[20, 40:80].max(axis=0)
    assert edge[0] > 200, "the outline is stronger than the fill"


def test_the_slice_is_seen_through_a_mask(an_overlay: Any) -> None:
    shown_mask(an_overlay, a_ring())
    inside = an_overlay.picture()[28:32, 35:85, 0]
    assert 60 < inside.mean() < 140, "of 255: about 40 %"


def test_the_next_mask_takes_the_place_of_the_last(an_overlay: Any) -> None:
    shown_mask(an_overlay, a_ring())
    an_overlay.picture()
    small = np.zeros(SIZE[::-1], bool)
    small[2:6, 2:6] = True
    shown_mask(an_overlay, small)
    picture = an_overlay.picture()
    assert picture[4, 4].any() and not picture[25, 40].any()
    shown_mask(an_overlay, np.zeros_like(small))
    assert not an_overlay.picture().any()


def test_a_box_has_four_sides_and_handles_at_its_corners(an_overlay: Any) -> None:
    from medsam_core.mrml.slice_overlay import Drawing

    corners = ((20, 20), (80, 20), (80, 60), (20, 60))
    an_overlay.show(Drawing(corners))
    bright = an_overlay.picture().sum(axis=2) > 600
    for x, y in ((50, 20), (80, 40), (50, 60), (20, 40)):
        assert bright[y - 2 : y + 3, x - 2 : x + 3].any(), (x, y)
    for x, y in corners:
        assert bright[y - 2 : y + 3, x - 2 : x + 3].sum() >= 20, "a handle is filled"
    assert not bright[35:45, 40:60].any(), "the inside is free"


def test_clicks_are_told_apart_by_colour(an_overlay: Any) -> None:
    from medsam_core.mrml.slice_overlay import Drawing

    an_overlay.show(Drawing(clicks=(((30, 30), True), ((70, 50), False))))
    picture = an_overlay.picture()
    red, green, _ = picture[30, 30]
    assert green > red + 80
    red, green, _ = picture[50, 70]
    assert red > green + 80


def test_the_number_stands_beside_the_box_and_goes_with_it(an_overlay: Any) -> None:
    from medsam_core.mrml.slice_overlay import Drawing

    box = ((20, 20), (60, 20), (60, 60), (20, 60))
    an_overlay.show(Drawing(box))
    without = an_overlay.picture()
    an_overlay.show(Drawing(box, number="0.93"))
    changed = np.argwhere(np.abs(an_overlay.picture() - without).sum(axis=2) > 100)
    assert len(changed) > 30
    assert changed[:, 1].min() > 60, "to the right of it"
    an_overlay.show(Drawing(number="0.93"))
    assert not an_overlay.picture().any(), "a number of nothing is not shown"


def test_masks_of_several_segments_are_drawn_together_each_in_its_colour(an_overlay: Any) -> None:
    from medsam_core.mrml.slice_overlay import MaskShapes

    left, right = (np.zeros(SIZE[::-1], bool) for _ in range(2))
    left[20:40, 10:40], right[20:40, 60:90] = True, True
    colours = (ORANGE, (0.0, 0.2, 1.0))
    an_overlay.show_masks(
        [
            MaskShapes(mask_fill(mask) + 0.5, mask_outline(mask) + 0.5, colour)
            for mask, colour in zip((left, right), colours, strict=True)
        ]
    )
    picture = an_overlay.picture()
    assert picture[30, 25].argmax() == 0 and picture[30, 75].argmax() == 2
    shown_mask(an_overlay, left)
    picture = an_overlay.picture()
    assert picture[30, 25].any() and not picture[30, 75].any()
