"""The table: means of sets, tests against the first, and how it looks on disk and as a picture."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsam_core.slice_view import SliceView
from medsam_training.cli.compare_screen import print_comparison
from medsam_training.compare.competitor import Competitor, ellipse_competitor
from medsam_training.compare.examples import Example, rows_at_quantiles
from medsam_training.compare.figure import colours_of, draw_comparison
from medsam_training.compare.table import ComparisonTable, table_of
from medsam_training.compare.table_files import write_csv, write_json
from medsam_training.evaluate.contestant import Contestant
from medsam_training.evaluate.paired_test import paired_test
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Row, Variant
from medsam_training.evaluate.run import Evaluation
from medsam_training.evaluate.subject import Subject

BOX = str(Plan().askings[0])
BASES = {"first": 0.8, "a $trange one": 0.7, "ellipse": 0.6}


class Named:
    """A segmenter in name only: rows are given."""

    takes_points, takes_boxes = True, True

    def __init__(self, name: str) -> None:
        self.name = name


def a_row(name: str, set_name: str, patient: int, dsc: float) -> Row:
    size = None if name == "ellipse" else 64
    unit = "px" if set_name == "pictures" else "mm"
    case = f"{set_name}/{patient}"
    about = (0, set_name, case, str(patient), "MR", "disc", 1, 0, 0, 100)
    return Row(Variant(name, BOX, size), *about, dsc, dsc, 10 * (1 - dsc), dsc, None, 2.0, unit)


@pytest.fixture()
def competitors() -> list[Competitor]:
    first, second = (Competitor(Contestant(Named(name), 64), 1000) for name in list(BASES)[:2])
    return [first, Competitor(second.contestant, 2000, 12.5), ellipse_competitor()]


@pytest.fixture()
def evaluation(competitors: list[Competitor]) -> Evaluation:
    """Ten patients in pictures, two in a set of volumes that all find easier."""
    rows = tuple(
        a_row(name, set_name, n, base + gain + 0.003 * n)
        for name, base in BASES.items()
        for set_name, count, gain in (("pictures", 10, 0.0), ("volumes", 2, 0.1))
        for n in range(count)
    )
    who = tuple(one.contestant for one in competitors)
    return Evaluation(Plan(per="slice"), who, "test", rows, (), {}, (), 0, 1.0)


@pytest.fixture()
def table(evaluation: Evaluation, competitors: list[Competitor]) -> ComparisonTable:
    return table_of(evaluation, competitors, dict.fromkeys(BASES, 0.25))


def test_each_set_counts_once_however_many_patients_it_has(table: ComparisonTable) -> None:
    by_set = {name: table.of_set(name)[0].figure.dsc.mean for name in table.set_names}
    assert table.overall[0].figure.dsc.mean == pytest.approx(np.mean(list(by_set.values())))
    assert table.set_names == ("pictures", "volumes")
    assert [line.name for line in table.overall] == list(BASES)


def test_everyone_is_tested_against_the_first_and_the_p_values_are_corrected(
    table: ComparisonTable, evaluation: Evaluation
) -> None:
    first, second, ellipse = table.overall
    assert first.test is None and second.test is not None and ellipse.test is not None
    mine = [[row for row in evaluation.slices if row.variant.model == name] for name in BASES]
    alone = paired_test(mine[0], mine[1])
    assert alone is not None
    assert second.test.p == pytest.approx(2 * alone.p) and second.test.n == 12
    assert second.test.after - second.test.before == pytest.approx(-0.1)
    assert table.sentences()[0].startswith("a $trange one lowered test Dice from")
    assert len(table.sentences()) == 2


def test_the_error_stands_against_the_ellipse_s(table: ComparisonTable) -> None:
    first, _, ellipse = table.of_set("pictures")
    means = [line.figure.dsc.mean for line in (first, ellipse)]
    assert first.figure.error_change == pytest.approx((1 - means[0]) / (1 - means[1]) - 1)
    assert ellipse.figure.error_change is None


def test_a_set_that_does_not_count_is_shown_and_left_out_of_mean_and_test(
    evaluation: Evaluation, competitors: list[Competitor]
) -> None:
    table = table_of(evaluation, competitors, dict.fromkeys(BASES, 0.25), ("volumes",))
    pictures = table.of_set("pictures")[1]
    assert table.overall[1].figure.dsc.mean == pytest.approx(pictures.figure.dsc.mean)
    assert table.overall[1].test.n == 10
    assert table.of_set("volumes")


def test_csv_and_json_hold_the_same_lines(
    table: ComparisonTable, evaluation: Evaluation, competitors: list[Competitor], tmp_path: Path
) -> None:
    write_csv(table, tmp_path / "t.csv")
    write_json(table, evaluation, competitors, tmp_path / "t.json")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    said = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))["lines"]
    assert [row["set"] for row in rows] == ["all"] * 3 + ["pictures"] * 3 + ["volumes"] * 3
    for row, line in zip(rows, said, strict=True):
        assert list(row) == list(line)
        assert float(row["dsc"]) == pytest.approx(line["dsc"], abs=1e-5)
    # Millimetres and pixels have no common mean.
    assert [row["hd95"] == "" for row in rows] == [True] * 3 + [False] * 6
    assert rows[1]["training_seconds"] == "12.5" and rows[0]["training_seconds"] == ""


def test_the_printed_table_holds_every_competitor_and_set(
    table: ComparisonTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_comparison(table, tmp_path)
    shown = capsys.readouterr().out
    assert all(name in shown for name in (*BASES, "pictures", "volumes", "mean of 2 sets, test"))
    assert f"wrote {tmp_path / 'comparison.csv'}" in shown


def an_example(names: tuple[str, ...]) -> Example:
    truth = np.zeros((30, 40), bool)
    truth[8:20, 10:30] = True
    image = np.where(truth, 200, 50).astype(np.uint8)
    subject = Subject("pictures", "pictures/0", "0", None, "a $ disc", 1, 0, (image,), truth, None)
    masks = {name: np.roll(truth, shift, 1) for shift, name in enumerate(names)}
    masks[names[-1]] = np.zeros_like(truth)  # an empty answer has no outline
    box = np.array([9.0, 7.0, 30.0, 20.0])
    return Example(subject, SliceView(False, False, False, 1.0, None), box, masks, dict.fromkeys(names, 0.5))


def test_the_figure_is_drawn_with_several_sets_strange_names_and_empty_answers(
    table: ComparisonTable, tmp_path: Path
) -> None:
    draw_comparison(table, [an_example(tuple(BASES))] * 2, tmp_path / "f.png")
    with Image.open(tmp_path / "f.png") as picture:
        assert picture.format == "PNG" and picture.height > 600
    draw_comparison(table, [], tmp_path / "g.png")
    with Image.open(tmp_path / "g.png") as picture:
        assert picture.format == "PNG"


def test_colours_are_different_and_the_ellipse_is_grey() -> None:
    colours = colours_of(["a", "b", "ellipse", "c"])
    assert len(set(colours.values())) == 4
    assert colours["ellipse"] == "#7f7f7f"


def test_examples_go_from_hard_to_easy_none_twice(evaluation: Evaluation) -> None:
    first = [row for row in evaluation.slices if row.variant.model == "first"]
    dsc = [row.dsc for row in rows_at_quantiles(first)]
    assert dsc == sorted(dsc) and len(dsc) == 3
    assert rows_at_quantiles(first[:1]) == first[:1]
