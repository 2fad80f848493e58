"""One case from files to files, with its times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import medsam_core as medsam
from medsam_core.case_run import CaseRun, CaseSource
from medsam_core.errors import MedSAMError, OptionError
from medsam_core.journal_file import read_journal_colours
from medsam_core.prompts import parse_box
from testkit.batch_cases import BOX, a_ball
from testkit.journals import a_tilted_grid, an_entry


def test_the_stages_are_timed_and_told_in_the_report(tmp_path: Path) -> None:
    output = tmp_path / "out.nrrd"
    run = CaseRun.read(
        CaseSource(a_ball(tmp_path / "a.nrrd"), (BOX,)), output, intensity="auto", propagation="roi"
    )
    model = medsam.load_model("demo", device="cpu")
    result = run.segment(model)
    run.write(result, model, labels=output, overview=tmp_path / "o.png")
    assert output.is_file() and (tmp_path / "o.png").is_file()
    assert {"load_image", "segment", "write"} == set(run.seconds)
    assert run.seconds.items() <= {**run.seconds, **result.seconds}.items()
    told = run.report(result, model)
    assert {"load_image", "segment", "write", "encode"} <= set(told["seconds"])
    assert told["propagation"] == "roi"


@pytest.mark.parametrize("tilted", [False, True], ids=["own slices", "tilted slices"])
def test_a_journal_in_place_of_prompts_is_replayed(tmp_path: Path, tilted: bool) -> None:
    image, output = a_ball(tmp_path / "a.nrrd"), tmp_path / "out.nrrd"
    volume, model = medsam.read_volume(image), medsam.load_model("demo", device="cpu")
    prompts = medsam.Prompts((medsam.SegmentPrompt("ball", 3, (parse_box(BOX),)),))
    grid = a_tilted_grid(volume)[0] if tilted else None
    how = {"propagation": "track", "intensity": "mr", "grid": grid}
    made = medsam.segment_volume(volume, prompts, model, **how)
    journal = tmp_path / "ball.journal.json"
    medsam.write_journal(medsam.PromptJournal.of(prompts, volume, model, **how), journal)
    run = CaseRun.read(CaseSource(image, (), journal), output, intensity="auto", propagation="roi")
    result = run.segment(model)
    run.write(result, model, labels=output, overview=tmp_path / "o.png")
    assert made.labels_kji.any()
    np.testing.assert_array_equal(medsam.read_volume(output).array_kji, made.labels_kji)
    assert run.report(result, model)["propagation"] == "track"
    assert run.report(result, model)["intensity"]["preset"] == "mr"
    for intensity, propagation in (("auto", "consensus"), ("ct-bone", "roi")):  # not what the journal says
        with pytest.raises(OptionError, match=r"asked again with its own \((track|mr)\); leave"):
            CaseRun.read(CaseSource(image, (), journal), output, intensity=intensity, propagation=propagation)


def test_a_segmentation_that_was_written_can_be_asked_again(tmp_path: Path) -> None:
    image, first, again = a_ball(tmp_path / "a.nrrd"), tmp_path / "a.seg.nrrd", tmp_path / "b.seg.nrrd"
    model = medsam.load_model("demo", device="cpu")
    for source, output in ((CaseSource(image, (BOX,)), first), (CaseSource(image, (), first), again)):
        run = CaseRun.read(source, output, intensity="mr", propagation="track")
        run.write(run.segment(model), model, labels=output)
    labels = medsam.read_volume(first).array_kji
    assert labels.any()
    np.testing.assert_array_equal(medsam.read_volume(again).array_kji, labels)
    assert medsam.read_journal(first).entries[0].propagation == "track"


def test_what_is_asked_again_keeps_labels_names_and_colours(tmp_path: Path) -> None:
    image, saved = a_ball(tmp_path / "a.nrrd"), tmp_path / "a.seg.nrrd"
    volume, model = medsam.read_volume(image), medsam.load_model("demo", device="cpu")
    prompts = medsam.Prompts((medsam.SegmentPrompt("ball", 3, (parse_box(BOX),)),))
    made = medsam.segment_volume(volume, prompts, model)
    journal, blue = medsam.PromptJournal.of(prompts, volume, model), (0.125, 0.25, 1.0)
    medsam.write_segmentation(made, saved, names={3: "renamed since"}, colours={3: blue}, journal=journal)
    source = CaseSource(image, (), saved)
    run = CaseRun.read(source, tmp_path / "b.seg.nrrd", intensity="auto", propagation="roi")
    result = run.segment(model)
    run.write(result, model, labels=tmp_path / "b.seg.nrrd")
    assert result.segment_names == {3: "renamed since"} and result.segment_colours == {3: blue}
    assert result.labels_kji.any()
    for read in (read_journal_colours, lambda path: medsam.read_journal(path).entries[0].prompt):
        assert read(tmp_path / "b.seg.nrrd") == read(saved)
    np.testing.assert_array_equal(medsam.read_volume(tmp_path / "b.seg.nrrd").array_kji, made.labels_kji)


def test_a_journal_that_lies_outside_of_the_image_is_named_by_its_file(tmp_path: Path) -> None:
    journal = tmp_path / "ball.journal.json"
    medsam.write_journal(medsam.PromptJournal((an_entry(),)), journal)
    source = CaseSource(a_ball(tmp_path / "a.nrrd"), (), journal)
    with pytest.raises(MedSAMError, match=r"ball\.journal\.json: segment 'left': .*outside of the other"):
        CaseRun.read(source, tmp_path / "o.nrrd", intensity="auto", propagation="roi")


@pytest.mark.parametrize("source", [CaseSource("a"), CaseSource("a", (BOX,), Path("p.json"))], ids=str)
def test_prompts_are_of_one_kind(source: CaseSource) -> None:
    with pytest.raises(OptionError, match=r"--box, --prompts: .* given"):
        source.check("--box, --prompts")


@pytest.mark.parametrize(
    ("box", "output", "intensity"),
    [
        ("0,0,0,99,9,1", "o.nrrd", "auto"),
        (BOX, "o.png", "auto"),
        (BOX, "o.nrrd", "3,1"),
        ("1,2", "o.nrrd", "mr"),
    ],
)
def test_everything_is_checked_before_the_model_is_needed(
    tmp_path: Path, box: str, output: str, intensity: str
) -> None:
    source = CaseSource(a_ball(tmp_path / "a.nrrd"), (box,))
    with pytest.raises(MedSAMError):
        CaseRun.read(source, tmp_path / output, intensity=intensity, propagation="roi")
