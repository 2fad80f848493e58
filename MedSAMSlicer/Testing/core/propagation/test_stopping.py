"""Each reason to stop, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_core.propagation.slice_mask import SliceMask
from medsam_core.propagation.stopping import StoppingRules, Track, presence


def a_disc(radius: float, confidence: float = 0.6, index: int = 1) -> SliceMask:
    y, x = np.indices((64, 64))
    mask = (y - 32) ** 2 + (x - 32) ** 2 <= radius**2
    return SliceMask(index, mask, mask.astype(np.float32), confidence)


def a_slice(radius: float = 15, inside: int = 200) -> np.ndarray:
    return np.where(a_disc(radius).mask_yx, inside, 40).astype(np.uint8)


def a_track() -> Track:
    return Track(a_disc(15, index=0), a_slice())


def doubt(track: Track, mask: SliceMask, image: np.ndarray) -> str | None:
    return track.doubt(mask, track.evidence(mask, image))


def test_a_slice_like_the_one_before_is_trusted() -> None:
    assert doubt(a_track(), a_disc(14), a_slice(14)) is None


@pytest.mark.parametrize(
    ("mask", "image", "reason"),
    [
        (a_disc(0), a_slice(0), "area fell to nothing"),
        (a_disc(6), a_slice(6), "area fell to"),
        (a_disc(28), a_slice(28), "area grew to"),
        (a_disc(15), a_slice(15, inside=90), "grey values no longer match"),
        (a_disc(8), a_slice(8), "outline is no longer like"),
    ],
    ids=["nothing", "shrinks", "grows", "other tissue", "other shape"],
)
def test_each_reason_to_doubt_is_named(mask: SliceMask, image: np.ndarray, reason: str) -> None:
    assert reason in (doubt(a_track(), mask, image) or "")


def test_a_model_that_is_sure_is_believed_though_the_object_shrinks() -> None:
    assert doubt(a_track(), a_disc(6, confidence=0.9), a_slice(6)) is None


def test_but_not_that_it_grew_at_once() -> None:
    assert "area grew" in (doubt(a_track(), a_disc(28, confidence=0.9), a_slice(28)) or "")


def test_a_slow_change_of_grey_values_is_followed() -> None:
    track = a_track()
    for inside in range(200, 80, -6):
        assert doubt(track, a_disc(15), a_slice(15, inside)) is None
        track.accept(a_disc(15), a_slice(15, inside), track.evidence(a_disc(15), a_slice(15, inside)))


def test_small_objects_may_grow_much() -> None:
    track = Track(a_disc(1.5, index=0), a_slice(1.5), StoppingRules())
    assert "grew" not in (doubt(track, a_disc(2.9), a_slice(2.9)) or "")


def test_presence_falls_as_the_slice_grows_unlike() -> None:
    track = a_track()
    values = [presence(track.evidence(a_disc(r), a_slice(r))) for r in (15, 12, 9, 6)]
    assert values == sorted(values, reverse=True)


def test_small_doubts_add_up_on_the_way_unless_a_3d_box_vouches() -> None:
    free, boxed = a_track(), Track(a_disc(15, index=0), a_slice(), in_box=True)
    reasons = []
    for radius in [13.0, 15.0] * 15:
        for track in (free, boxed):
            evidence = track.evidence(a_disc(radius), a_slice(radius))
            reasons.append((track is boxed, track.doubt(a_disc(radius), evidence)))
            track.accept(a_disc(radius), a_slice(radius), evidence)
    assert (False, "small doubts have added up since the prompted slice") in reasons
    assert all(reason is None for is_boxed, reason in reasons if is_boxed)
    assert free.trust == boxed.trust < 0.4
