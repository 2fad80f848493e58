"""The learning rate rises once and falls once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_training.fit.config import Optimiser
from medsam_training.fit.schedule import rate_share


@given(
    st.sampled_from(["constant", "cosine", "polynomial"]),
    st.integers(0, 50),
    st.integers(1, 200),
    st.floats(0, 1),
)
def test_it_rises_to_the_peak_and_never_again(shape: str, warmup: int, steps: int, floor: float) -> None:
    share = rate_share(Optimiser(schedule=shape, warmup_steps=warmup, floor=floor), warmup + steps)
    values = [share(step) for step in range(warmup + steps + 3)]
    assert values[:warmup] == sorted(values[:warmup])
    assert values[warmup] == pytest.approx(1.0)
    assert all(
        after <= before + 1e-12 for before, after in zip(values[warmup:], values[warmup + 1 :], strict=False)
    )
    assert 0 <= min(values) <= max(values) <= 1 + 1e-12
    assert values[-1] == pytest.approx(1.0 if shape == "constant" else floor)


def test_the_cosine_is_half_way_down_in_the_middle() -> None:
    share = rate_share(Optimiser(schedule="cosine", warmup_steps=10, floor=0.0), 110)
    assert share(60) == pytest.approx(0.5)


def test_the_rate_follows_time_where_that_is_used_up_first() -> None:
    used = 0.0
    share = rate_share(Optimiser(schedule="cosine", warmup_steps=0, floor=0.0), 100, lambda: used)
    assert share(20) > 0.9
    used = 0.5
    assert share(20) == pytest.approx(0.5)
    assert share(75) < 0.2
