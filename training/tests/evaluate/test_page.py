"""The page needs nothing else, and a name in it is only a name."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from html.parser import HTMLParser

import pytest

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.contestant import the_ellipse
from medsam_training.evaluate.overlays import chosen_rows
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.run import evaluate
from medsam_training.evaluate.segmenter import EllipseSegmenter
from medsam_training.evaluate.session import write_report
from medsam_training.evaluate.study import single_studies

EVIL = '<script>alert("1")</script>&'


class Tags(HTMLParser):
    """Collects what a browser would act on, and checks that tags are closed."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.names, self.links, self.open = set(), [], []

    def handle_starttag(self, tag, attributes):
        self.names.add(tag)
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def report(prepared_balls, tmp_path_factory):
    """Writes a report of the ellipse, under another name, on cases with a hostile name."""
    folder = tmp_path_factory.mktemp("report")
    cases = list_cases([prepared_balls])
    cases = [dataclasses.replace(case, set_name=EVIL, modality=EVIL) for case in cases]
    plan = Plan(askings=(Asking("box", 0.05), Asking("box", 0.2)), seeds=(0, 1))
    segmenter = EllipseSegmenter()
    segmenter.name = f"$model$ {EVIL}"
    who = [dataclasses.replace(the_ellipse(), segmenter=segmenter, image_size=64), the_ellipse()]
    studies = single_studies(cases)
    evaluation = evaluate(studies, who, plan, folder, notes=[EVIL])
    evaluation.left_out[EVIL] = f"{EVIL}: is damaged"
    write_report(folder, evaluation, studies)
    return folder, evaluation


def test_a_name_is_only_a_name_and_nothing_is_fetched(report):
    text = (report[0] / "report.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    assert not tags.open and "script" not in tags.names and "<script" not in text
    assert tags.links and all(link.startswith("data:image/png;base64,") for link in tags.links)
    assert not re.search(r"https?://|url\(|@import|\bon\w+=", re.sub(r'src="[^"]*"', "", text))
    assert "&lt;script&gt;" in text


def test_the_page_shows_worst_first_and_curves(report):
    text = (report[0] / "report.html").read_text(encoding="utf-8")
    assert text.index("<h3>worst</h3>") < text.index("<h2>Labels</h2>") < text.index("<h2>Curves</h2>")
    assert "± " in text and "Left out" in text and "How it was measured" in text


def test_the_tables_hold_every_row_and_no_nan(report):
    folder, evaluation = report
    for name, rows in (("cases.csv", evaluation.cases), ("slices.csv", evaluation.slices)):
        lines = list(csv.DictReader((folder / name).open(encoding="utf-8")))
        assert len(lines) == len(rows)
        assert [float(line["dsc"]) for line in lines] == pytest.approx([row.dsc for row in rows], abs=1e-5)
        assert not any(cell.lower() in ("nan", "inf", "none") for line in lines for cell in line.values())


def test_the_summary_is_json_of_a_named_schema(report):
    folder, evaluation = report
    text = (folder / "summary.json").read_text(encoding="utf-8")
    summary = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert summary["schema"] == "medsam-evaluation/1" and summary["cases"] == 4
    main = [f for f in summary["figures"] if f["variant"]["prompt"] == "box ±5 %" and f["set_name"] is None]
    assert {f["variant"]["model"] for f in main} == {one.name for one in evaluation.contestants}


def test_a_formula_in_a_name_is_text_in_a_table(row, tmp_path):
    from medsam_training.evaluate.result_files import _cells

    assert "'=1+1" in _cells(row(label="=1+1"))


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
