"""A curve is drawn where there is more than a point."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.charts import prompt_charts, reliability_chart, size_chart
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.findings import find
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.row import Variant
from medsam_training.evaluate.run import Evaluation


class Named:
    """A segmenter that is only a name, and a strange one."""

    takes_boxes = takes_points = True
    name = "a $x_$ <b>\x07"


@pytest.fixture
def findings_of(row):
    """Findings of one network at some sizes, asked in some ways."""

    def make(sizes, askings, score=0.7):
        plan = Plan(askings=askings)
        rows = [
            row(0.7 + n / 100, variant=Variant(Named.name, str(asking), size), case=str(n), score=score)
            for asking in askings
            for size in sizes
            for n in range(3)
        ]
        who = (*(Contestant(Named(), size) for size in sizes), the_ellipse())
        return find(Evaluation(plan, who, "test", tuple(rows), tuple(rows), {}, (), 0, 1.0)), plan

    return make


def test_several_jitters_and_clicks_are_curves(findings_of):
    askings = (Asking("box", 0.05), Asking("box", 0.2), Asking("points", 1), Asking("points", 5))
    drawn = prompt_charts(*findings_of((64,), askings))
    assert len(drawn) == 2 and all(Image.open(io.BytesIO(png)).size[0] > 300 for png in drawn)
    assert prompt_charts(*findings_of((64,), askings[:1])) == []


def test_several_sizes_are_a_curve(findings_of):
    assert size_chart(findings_of((64, 128), (Asking("box"),))[0])
    assert size_chart(findings_of((64,), (Asking("box"),))[0]) is None


def test_scores_are_a_curve(findings_of):
    assert reliability_chart(findings_of((64,), (Asking("box"),))[0])
    assert reliability_chart(findings_of((64,), (Asking("box"),), score=None)[0]) is None
