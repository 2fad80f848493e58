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
