"""A model that nobody named is called by what it learned and where."""

from __future__ import annotations

import pytest

from medsam_training.fit.model_name import model_name


@pytest.mark.parametrize(
    ("labels", "out", "name"),
    [
        (["kidney", "liver"], "runs/lora", "kidney, liver (lora)"),
        (["a", "b", "c"], "runs/full/", "a, b, c (full)"),
        (["a", "b", "c", "d", "e"], "full", "a, b, c and 2 more (full)"),
        (["two\nlines"], "full", "two lines (full)"),
        ([], "runs/full", "full"),
        (["liver"], "/", "liver"),
        ([], "/", "fine-tuned"),
    ],
)
def test_labels_and_the_folder_are_in_the_name(labels: list[str], out: str, name: str) -> None:
    assert model_name(labels, out) == name


def test_however_long_labels_are_a_name_is_a_line_and_ends_in_the_folder() -> None:
    name = model_name(["x" * 500] * 9, f"runs/{'y' * 200}")
    assert len(name) == 100 and name.endswith(f"({'y' * 33})")
