"""Segments that are in no file are not lost with their volume unless the user says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.prompts import Box
from medsam_core.segmentation_reader import read_segmentation
from testkit.viewer_page import ViewerPage


@pytest.fixture
def a_drawn_page(a_page: ViewerPage, the_box: Box) -> ViewerPage:
    """With a segment on one slice."""
    a_page.draw(the_box)
    a_page.click("accept")
    a_page.part("ml").first.wait_for()
    a_page.wait_until("get('segments').some(one => !one.empty)")
    return a_page


def ask_for_another_volume(page: ViewerPage) -> None:
    """As by a slip."""
    page.click("browse")
    page.part("file").filter(has_text="tall.nrrd").first.click()


def test_who_stays_keeps_the_volume_and_its_segments(a_drawn_page: ViewerPage) -> None:
    name, size = a_drawn_page.text("volume"), a_drawn_page.millilitres()
    ask_for_another_volume(a_drawn_page)
    a_drawn_page.page.get_by_text("“Segment 1” of image is not saved").wait_for()
    a_drawn_page.click("stay")
    a_drawn_page.wait_until("!get('volume_reading') && !get('is_asking_unsaved')")
    assert (a_drawn_page.text("volume"), a_drawn_page.millilitres()) == (name, size)


def test_who_saves_first_has_the_file_before_the_other_volume(
    a_drawn_page: ViewerPage, tmp_path: Path
) -> None:
    size = a_drawn_page.millilitres()
    ask_for_another_volume(a_drawn_page)
    with a_drawn_page.page.expect_download() as download:
        a_drawn_page.click("save-then-open")
    a_drawn_page.wait_for("volume", "tall")
    download.value.save_as(tmp_path / "s.seg.nrrd")
    saved = read_segmentation(tmp_path / "s.seg.nrrd")
    found = saved.segments[0].patch.voxels * saved.geometry.voxel_volume_mm3 / 1000
    assert found == pytest.approx(size, rel=1e-2)


def test_nobody_is_asked_about_what_is_saved(a_drawn_page: ViewerPage, tmp_path: Path) -> None:
    a_drawn_page.save("seg.nrrd", tmp_path)
    ask_for_another_volume(a_drawn_page)
    a_drawn_page.wait_for("volume", "tall")


def test_a_change_after_saving_is_asked_about(a_drawn_page: ViewerPage, tmp_path: Path) -> None:
    a_drawn_page.save("seg.nrrd", tmp_path)
    a_drawn_page.drag_box(60, 60, 120, 120)
    a_drawn_page.click("accept")
    a_drawn_page.page.wait_for_timeout(500)
    ask_for_another_volume(a_drawn_page)
    a_drawn_page.click("open-unsaved")
    a_drawn_page.wait_for("volume", "tall")


def test_a_question_makes_way_for_the_next_file(a_drawn_page: ViewerPage, a_folder: Path) -> None:
    ask_for_another_volume(a_drawn_page)
    a_drawn_page.wait_until("get('is_asking_unsaved')")
    name = a_drawn_page.text("volume")
    words = ["choose", [str(a_folder / "broken.nii.gz"), False]]
    a_drawn_page.page.evaluate("words => window.trame.trigger(...words)", words)
    a_drawn_page.wait_for("message", "broken.nii.gz")
    assert a_drawn_page.text("volume") == name
    assert not a_drawn_page.state("is_asking_unsaved")
