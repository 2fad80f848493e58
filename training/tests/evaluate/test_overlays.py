"""Which cases a page shows."""

from __future__ import annotations

from medsam_training.evaluate.overlays import chosen_rows, other_variant
from medsam_training.evaluate.row import Variant


def test_pictures_are_of_the_ends_and_the_middle_and_none_twice(row):
    rows = [row(n / 100, case=str(n)) for n in range(40)]
    chosen = chosen_rows(rows, rows[0].variant)
    worst, median, best = ([r.dsc for g, r in chosen if g == group] for group in ("worst", "median", "best"))
    assert worst == [n / 100 for n in range(6)] and best == [0.39, 0.38, 0.37]
    assert all(0.15 < value < 0.25 for value in median)
    for count in range(1, 13):
        few = [r.case_id for _, r in chosen_rows(rows[:count], rows[0].variant)]
        assert len(few) == len(set(few)) == min(count, 12)


def test_slices_of_one_case_do_not_fill_the_page(row):
    bad = [row(n / 1000, case="bad", slice_number=n) for n in range(20)]
    rows = bad + [row(0.5 + n / 100, case=str(n), slice_number=0) for n in range(20)]
    worst = [r.case_id for group, r in chosen_rows(rows, rows[0].variant) if group == "worst"]
    assert worst == ["a/bad", "a/0", "a/1", "a/2", "a/3", "a/4"]
    alone = chosen_rows(bad, rows[0].variant)
    assert len({r.slice_number for _, r in alone}) == len(alone) == 12


def test_the_other_checkpoint_is_drawn_beside_else_the_ellipse():
    after, before, ellipse = Variant("a", "box", 64), Variant("b", "box", 64), Variant("ellipse", "box")
    assert other_variant([after, before, ellipse]) == before
    assert other_variant([after, Variant("a", "box", 128), ellipse]) == ellipse
    assert other_variant([after]) is None


def test_only_the_first_seed_is_drawn(row):
    rows = [row(0.5, case="1", seed=seed) for seed in (0, 1, 2)]
    assert [r.seed for _, r in chosen_rows(rows, rows[0].variant)] == [0]
