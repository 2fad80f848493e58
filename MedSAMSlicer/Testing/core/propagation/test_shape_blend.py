"""What drawn slices say about those between, weighed against the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medsam_core.metrics import dice
from medsam_core.propagation.anchor_plan import Anchor
from medsam_core.propagation.shape_blend import ShapeBlend
from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.slice_prompt import SlicePrompt
from medsam_core.propagation.span_end import SpanEnd, boxes_of_parts

SHAPE_YX = (60, 80)


def an_ellipse(x: float = 40, y: float = 30, rx: float = 12, ry: float = 9) -> np.ndarray:
    rows, columns = np.indices(SHAPE_YX)
    return ((columns - x) / rx) ** 2 + ((rows - y) / ry) ** 2 <= 1


def found(index: int, mask: np.ndarray, confidence: float = 0.9) -> SliceMask:
    return SliceMask(index, mask, 0.1 + 0.8 * mask.astype(np.float32), confidence)


def an_end(index: int, mask: np.ndarray, expected: np.ndarray | None = None) -> SpanEnd:
    """Drawn if the model's own idea of it is given."""
    anchor = Anchor(index, (SlicePrompt((0.0, 0.0, 9.0, 9.0)),))
    drawn = expected is not None
    answer = replace(found(index, mask), drawn=drawn)
    return SpanEnd(anchor, answer, boxes_of_parts(mask), expected)


NOTHING = np.zeros(SHAPE_YX, bool)
SMALL, LARGE = an_ellipse(rx=8, ry=6), an_ellipse()


@pytest.mark.parametrize("mask", [LARGE, SMALL, an_ellipse(x=45, rx=20)], ids=["same", "smaller", "larger"])
def test_where_the_model_was_right_on_the_drawn_slices_its_mask_is_left_alone(mask: np.ndarray) -> None:
    blend = ShapeBlend.between(an_end(0, LARGE, LARGE), an_end(10, SMALL, SMALL))
    for k in range(1, 10):
        made = blend.applied(found(k, mask))
        np.testing.assert_array_equal(made.mask_yx, mask)
        np.testing.assert_array_equal(made.probability_yx, found(k, mask).probability_yx)


def test_between_prompted_anchors_the_model_is_left_alone_and_trusted_as_far_as_it_fits() -> None:
    blend = ShapeBlend.between(an_end(0, LARGE), an_end(10, LARGE))
    like, unlike = blend.applied(found(4, LARGE)), blend.applied(found(4, an_ellipse(x=52)))
    np.testing.assert_array_equal(unlike.mask_yx, an_ellipse(x=52))
    assert like.confidence == pytest.approx(0.9) and unlike.confidence < 0.7


def test_the_shape_between_is_between() -> None:
    blend = ShapeBlend.between(an_end(0, LARGE, NOTHING), an_end(10, SMALL, NOTHING))
    halfway = blend.applied(found(5, NOTHING)).mask_yx
    assert dice(halfway, an_ellipse(rx=10, ry=7.5)) > 0.93


def test_shapes_that_lie_apart_are_carried_from_one_to_the_other() -> None:
    low, high = an_ellipse(x=15, rx=7), an_ellipse(x=65, rx=7)
    blend = ShapeBlend.between(an_end(0, low, NOTHING), an_end(10, high, NOTHING))
    assert blend.aligned
    assert dice(blend.applied(found(5, NOTHING)).mask_yx, an_ellipse(x=40, rx=7)) > 0.9


def test_even_shapes_with_nothing_in_common_leave_no_hole() -> None:
    left, right = LARGE & ~an_ellipse(x=46), LARGE & ~an_ellipse(x=34)
    blend = ShapeBlend.between(an_end(0, left), an_end(10, right))
    for k in range(1, 10):
        assert blend.applied(found(k, NOTHING)).area


def test_the_models_error_on_a_drawn_slice_is_taken_off_the_next() -> None:
    blend = ShapeBlend.between(an_end(0, SMALL, LARGE), an_end(10, LARGE))
    areas = [blend.applied(found(k, LARGE)).area for k in range(1, 10)]
    assert areas[0] < 1.25 * SMALL.sum()
    assert areas == sorted(areas) and areas[-1] > 0.9 * LARGE.sum()


def test_a_shape_that_predicts_badly_is_believed_less() -> None:
    wrong = an_ellipse(rx=10)
    steady = ShapeBlend.between(an_end(0, LARGE, wrong), an_end(10, LARGE, wrong))
    restless = ShapeBlend.between(an_end(0, LARGE, wrong), an_end(10, LARGE & ~an_ellipse(x=46), wrong))
    assert steady.shape_error == 0 and restless.shape_error > 0.1
    assert dice(steady.applied(found(5, SMALL)).mask_yx, LARGE) > 0.99
    assert restless.applied(found(9, SMALL)).area < LARGE.sum()


def test_a_missed_slice_takes_the_shape_with_little_confidence() -> None:
    prompted = ShapeBlend.between(an_end(0, LARGE), an_end(4, LARGE)).applied(found(2, NOTHING, 0.1))
    drawn = ShapeBlend.between(an_end(0, LARGE, SMALL), an_end(4, LARGE, SMALL)).applied(
        found(2, NOTHING, 0.1)
    )
    np.testing.assert_array_equal(prompted.mask_yx, LARGE)
    np.testing.assert_array_equal(drawn.mask_yx, LARGE)
    assert prompted.confidence == 0 and 0 < drawn.confidence <= 0.5
    assert (prompted.field_yx >= 0.5).sum() == LARGE.sum()


def test_a_mask_elsewhere_counts_as_missed() -> None:
    blend = ShapeBlend.between(an_end(0, SMALL), an_end(4, SMALL))
    np.testing.assert_array_equal(
        blend.applied(found(2, an_ellipse(x=66, rx=9))).mask_yx[:, :56], SMALL[:, :56]
    )


def test_beside_a_slice_without_the_object_the_model_is_believed_when_it_finds_nothing() -> None:
    absent = an_end(10, NOTHING, None)
    for end in (an_end(0, LARGE), an_end(0, LARGE, SMALL)):
        made = ShapeBlend.between(end, absent).applied(found(7, NOTHING, 0.2))
        assert made.area == 0 and made.confidence == 0.2


def test_with_no_shape_at_either_end_the_model_is_alone() -> None:
    answer = found(3, LARGE)
    assert ShapeBlend.between(an_end(0, NOTHING), an_end(10, NOTHING)).applied(answer) is answer


def test_the_probability_fits_the_blended_mask() -> None:
    made = ShapeBlend.between(an_end(0, SMALL, LARGE), an_end(10, SMALL, LARGE)).applied(found(4, LARGE))
    np.testing.assert_array_equal(made.probability_yx > 0.5, made.mask_yx)
    assert made.probability_yx.dtype == np.float32 and made.logits is None


def test_a_mask_that_fills_the_slice_can_be_an_end() -> None:
    full = np.ones(SHAPE_YX, bool)
    blend = ShapeBlend.between(an_end(0, full, SMALL), an_end(10, full, SMALL))
    assert dice(blend.applied(found(5, SMALL)).mask_yx, full) > 0.9
