"""The acceptance walk, by mouse and keys in a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import medsam_core as medsam
from medsam_core.demo_case import DemoCase
from medsam_core.journal_replay import replay
from medsam_core.metrics import dice
from medsam_core.prompts import Box
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from testkit.viewer_page import ViewerPage
from testkit.viewer_process import ViewerProcess


def test_all_four_views_show_the_bundled_case(a_page: ViewerPage) -> None:
    assert a_page.text("volume") == "image"
    assert [a_page.text(f"slice-{name}") for name in ("Axial", "Sagittal", "Coronal")] == [
        "13 / 25",
        "128 / 256",
        "128 / 256",
    ]
    for n in range(4):
        a_page.page.wait_for_timeout(100)
        picture = a_page.page.locator(".layout-grid-item").nth(n).screenshot()
        assert len(picture) > 8_000, f"view {n} is all but empty"


def test_the_mask_follows_the_box_before_it_is_let_go_and_nothing_is_written(
    a_page: ViewerPage, the_box: Box
) -> None:
    (x0, y0), (x1, y1) = the_box.min_ijk[:2], the_box.max_ijk[:2]
    a_page.scroll_to(the_box.min_ijk[2])
    before = a_page.orange()
    a_page.press_at(x0, y0)
    a_page.drag_to((x0 + x1) / 2, (y0 + y1) / 2)
    half = a_page.wait_for_orange(before + 150)
    a_page.drag_to(x1, y1)
    a_page.wait_for_orange(half + 300)
    a_page.page.mouse.up()
    a_page.wait_for("confidence", "confidence 0.")
    assert a_page.millilitres() == 0


def test_a_box_can_be_changed_after_it_was_drawn(a_page: ViewerPage, the_box: Box) -> None:
    a_page.draw(the_box)
    full = a_page.wait_for_orange(400)
    (x0, y0), (x1, y1) = the_box.min_ijk[:2], the_box.max_ijk[:2]
    a_page.press_at((x0 + x1) / 2, y1)  # an edge
    a_page.drag_to((x0 + x1) / 2, (y0 + y1) / 2)
    a_page.page.mouse.up()
    a_page.wait_for_orange(100, round(0.8 * full))


def test_what_is_accepted_is_as_good_as_the_model_and_undo_takes_it_back(
    a_page: ViewerPage, the_box: Box, the_truth: Volume, tmp_path: Path
) -> None:
    a_page.draw(the_box)
    a_page.page.keyboard.press("Enter")
    a_page.wait_for("message", "Written")
    written = a_page.millilitres()
    saved = read_volume(a_page.save("nii.gz", tmp_path))
    k = the_box.min_ijk[2]
    found, truth = saved.array_kji > 0, the_truth.array_kji == 1
    assert [int(n) for n in np.flatnonzero(found.any(axis=(1, 2)))] == [k]
    assert dice(found[k], truth[k]) > 0.85
    journal = medsam.PromptJournal.from_json((a_page.save("json", tmp_path)).read_text())
    again = replay(journal, read_volume(DemoCase.bundled().image), medsam.load_model("demo"))
    np.testing.assert_array_equal(again.labels_kji > 0, found)
    np.testing.assert_allclose(saved.geometry.ijk_to_ras, the_truth.geometry.ijk_to_ras, atol=1e-3)
    voxel_ml = abs(np.linalg.det(the_truth.geometry.ijk_to_ras[:3, :3])) / 1000
    assert abs(written - found.sum() * voxel_ml) < 0.01
    a_page.page.keyboard.press("Control+z")
    a_page.wait_for("ml", "0.00 ml")
    a_page.page.keyboard.press("Control+y")
    a_page.wait_for("ml", f"{written:.2f} ml")


def test_clicks_change_the_mask_and_escape_clears_them_first(a_page: ViewerPage, the_box: Box) -> None:
    a_page.draw(the_box)
    without = a_page.text("confidence")
    a_page.page.keyboard.down("Control")
    a_page.press_at(the_box.max_ijk[0] - 4, the_box.max_ijk[1] - 4)
    a_page.page.mouse.up()
    a_page.page.keyboard.up("Control")
    a_page.page.wait_for_function(
        "before => { const now = window.trame.state.get('mark_text');"
        " return now.startsWith('confidence') && now !== before }",
        arg=without,
    )
    a_page.page.keyboard.press("Escape")
    a_page.wait_for("confidence", without)
    a_page.page.keyboard.press("Escape")
    a_page.wait_for("confidence", "Drag a box")
    a_page.wait_for_orange(0, 60)


def test_a_propagation_is_cancelled_kept_and_written_as_one_step(a_page: ViewerPage, the_box: Box) -> None:
    a_page.draw(the_box)
    a_page.click("propagate")
    a_page.click("cancel")
    a_page.wait_for("run", "cancelled")
    a_page.click("discard")
    a_page.part("commit").wait_for(state="detached")
    assert a_page.millilitres() == 0


def accept_two_slices_apart(page: ViewerPage, box: Box) -> None:
    """The box accepted on its slice and four slices on, and the way between them chosen."""
    for k in (box.min_ijk[2], box.min_ijk[2] + 4):
        page.scroll_to(k)
        page.drag_box(*box.min_ijk[:2], *box.max_ijk[:2])
        page.page.keyboard.press("Enter")
        page.wait_for("confidence", "Drag a box")
    page.choose("strategy", "Between accepted slices")


def test_what_is_carried_through_the_volume_is_saved_with_its_journal(
    a_page: ViewerPage, the_box: Box, tmp_path: Path
) -> None:
    accept_two_slices_apart(a_page, the_box)
    before = a_page.millilitres()
    a_page.click("propagate")
    a_page.wait_for("run", "not written yet")
    cells = a_page.part("strip").locator(".cell")
    assert cells.count() == 5
    cells.nth(2).click()
    a_page.wait_for("slice-Axial", f"{the_box.min_ijk[2] + 3} / 25")
    a_page.page.keyboard.press("n")
    a_page.click("commit")
    a_page.part("commit").wait_for(state="detached")
    labels = read_volume(a_page.save("seg.nrrd", tmp_path))
    slices = np.flatnonzero(labels.array_kji.reshape(labels.array_kji.shape[0], -1).any(axis=1))
    assert list(slices) == list(range(the_box.min_ijk[2], the_box.min_ijk[2] + 5))
    journal = json.loads(a_page.save("json", tmp_path).read_text())
    assert journal["entries"]
    a_page.click("undo")
    a_page.wait_for("ml", f"{before:.2f} ml")
    a_page.choose("strategy", "Follow the shape")


def test_a_reloaded_page_finds_everything_as_it_was(a_page: ViewerPage, the_box: Box) -> None:
    a_page.draw(the_box)
    a_page.click("accept")
    a_page.wait_for("message", "Written")
    before = a_page.millilitres()
    a_page.page.reload()
    a_page.wait_for("status", "Ready")
    a_page.wait_for("ml", f"{before:.2f} ml")
    a_page.wait_for_orange(300)


def test_enter_accepts_after_a_button_was_clicked_and_does_not_press_it_again(
    a_page: ViewerPage, the_box: Box
) -> None:
    a_page.draw(the_box)
    a_page.click("add-segment")
    a_page.wait_until("get('segments').length === 2")
    a_page.part("segment").first.click()
    a_page.wait_until("get('can_accept')")
    a_page.click("fit")
    a_page.page.keyboard.press("Enter")
    a_page.wait_for("message", "Written")
    assert len(a_page.state("segments")) == 2


def test_news_from_the_program_wipes_out_nothing_that_is_being_typed(
    a_page: ViewerPage, the_box: Box
) -> None:
    a_page.click("add-segment")
    name = a_page.page.get_by_label("Name of the segment").first
    name.fill("left lesion")
    a_page.page.evaluate("window.trame.trigger('browse', ['volume'])")
    a_page.wait_until("get('is_browsing')")
    assert name.input_value() == "left lesion"
    a_page.page.evaluate("window.trame.state.set('is_browsing', false)")
    name.press("Enter")
    a_page.wait_until("get('segments')[0].name === 'left lesion'")


def test_nothing_was_said_in_the_log(a_page: ViewerPage, a_viewer: ViewerProcess) -> None:
    assert a_viewer.is_running
    assert a_viewer.complaints() == []
