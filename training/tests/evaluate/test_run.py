"""A run goes on where it stopped, and measures anew what has changed."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from medsam_core.errors import OptionError, OutputError
from medsam_training.evaluate.asking import Asking
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.contestant import Contestant, the_ellipse
from medsam_training.evaluate.plan import Plan
from medsam_training.evaluate.run import claimed, evaluate
from medsam_training.evaluate.segmenter import EllipseSegmenter
from medsam_training.evaluate.study import single_studies

PLAN = Plan(askings=(Asking("box", 0.05),))


def run(source, folder, plan=PLAN, contestants=None):
    studies = single_studies(list_cases([source]))
    return evaluate(studies, contestants or [the_ellipse()], plan, folder)


def test_what_was_measured_is_not_measured_again(prepared_balls, tmp_path):
    first, second = (run(prepared_balls, tmp_path) for _ in range(2))
    assert (first.kept, second.kept) == (0, 4)
    assert first.rows == second.rows and first.slices == second.slices


@pytest.mark.parametrize("change", ["seed", "jitter", "model"])
def test_what_has_changed_is_measured_anew(prepared_balls, tmp_path, change):
    run(prepared_balls, tmp_path)
    plan = {
        "seed": dataclasses.replace(PLAN, seeds=(1,)),
        "jitter": dataclasses.replace(PLAN, askings=(Asking("box", 0.1),)),
        "model": PLAN,
    }[change]
    who = [Contestant(EllipseSegmenter(), identity="other")] if change == "model" else None
    assert run(prepared_balls, tmp_path, plan, who).kept == 0


def test_a_damaged_record_is_made_anew(prepared_balls, tmp_path):
    first = run(prepared_balls, tmp_path)
    record = sorted((tmp_path / "records").iterdir())[0]
    record.write_bytes(record.read_bytes()[:100])
    again = run(prepared_balls, tmp_path)
    assert again.kept == 3 and again.rows == first.rows


def test_a_case_that_cannot_be_read_is_left_out_and_told(balls, tmp_path):
    source = shutil.copytree(balls, tmp_path / "balls")
    broken = source / "images" / "case2.nii.gz"
    broken.write_bytes(broken.read_bytes()[:200])
    found = run(source, tmp_path / "out")
    assert list(found.left_out) == ["balls/case2"] and "case2.nii.gz" in found.left_out["balls/case2"]
    assert len({row.case_id for row in found.rows}) == 3


def test_nothing_to_measure_is_one_line(balls, prepared_balls, tmp_path):
    with pytest.raises(OptionError, match="--labels: no case shows nothing"):
        run(balls, tmp_path, dataclasses.replace(PLAN, labels=("nothing",)))
    with pytest.raises(OptionError, match="no object is large enough; lower --min-pixels"):
        run(prepared_balls, tmp_path, dataclasses.replace(PLAN, per="slice", min_pixels=10_000))


def test_a_folder_of_other_files_and_a_folder_in_use_are_refused(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"holds other files \(thesis.tex\)"), claimed(tmp_path):
        pass
    with (
        claimed(tmp_path / "out"),
        pytest.raises(OutputError, match="another run"),
        claimed(tmp_path / "out"),
    ):
        pass


def test_progress_counts_the_cases(prepared_balls, tmp_path):
    seen = []
    studies = single_studies(list_cases([prepared_balls]))
    evaluate(studies, [the_ellipse()], PLAN, tmp_path, progress=lambda *step: seen.append(step))
    assert [(done, total) for done, total, _ in seen] == [(0, 4), (1, 4), (2, 4), (3, 4)]
