"""What was saved is opened again, in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medsam_core.demo_case import DemoCase
from medsam_core.formats.seg_nrrd_writer import write_seg_nrrd
from medsam_core.geometry import Geometry
from medsam_core.prompts import Box
from medsam_core.segmentation_reader import read_segmentation
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from testkit.viewer_page import HEIGHT, WIDTH, ViewerPage
from testkit.viewer_process import ViewerProcess


def voxels(path: Path) -> np.ndarray:
    """(k, j, i): the labels in a file."""
    return read_volume(path).array_kji


def tags(path: Path) -> list[dict[str, str]]:
    """Of each segment."""
    return [dict(one.tags) for one in read_segmentation(path).segments]


def names(page: ViewerPage) -> list[str]:
    """Of the segments, as listed."""
    return [one["name"] for one in page.state("segments")]


def empty_page(page: ViewerPage) -> None:
    """The bundled case opened anew."""
    page.open_volume("image.nrrd")
    page.wait_until("!get('segments').length && !get('volume_reading')")


def open_file(page: ViewerPage, file: str) -> None:
    """Choose a file in the list of segmentations; until the list is gone it has the keys."""
    page.click("browse-segmentation")
    page.part("file").filter(has_text=file).first.click()
    page.page.locator(".v-overlay__scrim").wait_for(state="detached")


def is_opened(page: ViewerPage, file: str) -> None:
    """Wait until the page says so."""
    page.wait_for("message", f"Opened {file}")


@pytest.fixture
def a_saved_file(a_page: ViewerPage, a_folder: Path, the_box: Box, tmp_path: Path) -> Iterator[Path]:
    """A mask in a segment of its own name, saved where it can be opened; the page is empty again."""
    a_page.draw(the_box)
    a_page.page.get_by_label("Name of the segment").first.fill("Tumour, left")
    a_page.page.keyboard.press("Tab")
    a_page.wait_until("get('segments')[0].name === 'Tumour, left'")
    a_page.click("accept")
    a_page.wait_for("message", "Written")
    saved = a_folder / "mine.seg.nrrd"
    shutil.copy(a_page.save("seg.nrrd", tmp_path), saved)
    empty_page(a_page)
    yield saved
    saved.unlink()


def test_what_was_saved_comes_back_bit_for_bit_and_goes_with_one_undo(
    a_page: ViewerPage, a_saved_file: Path, tmp_path: Path
) -> None:
    before = (a_page.state("can_undo"), names(a_page))
    open_file(a_page, a_saved_file.name)
    is_opened(a_page, "mine.seg.nrrd: 1 segment.")
    assert names(a_page) == ["Tumour, left"]
    assert "other voxels" not in a_page.text("message")
    a_page.wait_for_orange(300)
    again = a_page.save("seg.nrrd", tmp_path)
    np.testing.assert_array_equal(voxels(again), voxels(a_saved_file))
    assert np.count_nonzero(voxels(again)) > 300
    assert tags(again) == tags(a_saved_file), "the journal too"
    assert read_segmentation(again).segments[0].colour == read_segmentation(a_saved_file).segments[0].colour
    a_page.page.keyboard.press("Control+z")
    a_page.wait_until("!get('segments').length")
    assert (a_page.state("can_undo"), names(a_page)) == before
    a_page.wait_for_orange(0, 60)
    a_page.page.keyboard.press("Control+y")
    a_page.wait_until("get('segments').length === 1")
    np.testing.assert_array_equal(voxels(a_page.save("seg.nrrd", tmp_path)), voxels(a_saved_file))


def test_it_survives_a_reload_of_the_page_too(a_page: ViewerPage, a_saved_file: Path, tmp_path: Path) -> None:
    open_file(a_page, a_saved_file.name)
    is_opened(a_page, "mine.seg.nrrd")
    a_page.page.reload()
    a_page.wait_for("status", "Ready")
    a_page.wait_until("get('segments').length === 1")
    np.testing.assert_array_equal(voxels(a_page.save("seg.nrrd", tmp_path)), voxels(a_saved_file))


def test_what_was_done_meanwhile_stays_and_names_are_told_apart(
    a_page: ViewerPage, a_viewer: ViewerProcess, a_saved_file: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        open_file(a_page, a_saved_file.name)
        a_page.wait_until("!get('volume_reading')")
        is_opened(a_page, "mine.seg.nrrd")
    a_page.wait_until("get('segments').length === 2")
    assert names(a_page) == ["Tumour, left", "Tumour, left (2)"]
    one, other = read_segmentation(a_page.save("seg.nrrd", tmp_path)).segments
    np.testing.assert_array_equal(one.patch.mask_kji, other.patch.mask_kji)
    assert a_page.state("selected") == a_page.state("segments")[1]["id"]
    a_page.page.keyboard.press("Control+z")
    a_page.wait_until("get('segments').length === 1")
    a_page.wait_for_orange(300)
    assert a_viewer.complaints() == []


def test_its_journal_is_saved_and_its_box_goes_through_the_volume(
    a_page: ViewerPage, a_saved_file: Path, the_box: Box
) -> None:
    open_file(a_page, a_saved_file.name)
    is_opened(a_page, "mine.seg.nrrd")
    assert a_page.state("has_journal")
    a_page.click("propagate")
    a_page.wait_until("['finished', 'cancelled'].includes(get('run_phase'))")
    marked = [cell["index"] for cell in a_page.state("strip") if "marked by you" in cell["text"]]
    assert marked == [the_box.min_ijk[2]]
    a_page.click("discard")
    a_page.part("commit").wait_for(state="detached")


def test_a_propagation_that_was_saved_is_corrected_as_one_that_was_just_made(
    a_page: ViewerPage, a_folder: Path, the_box: Box, tmp_path: Path
) -> None:
    a_page.choose("strategy", "Within the box")
    a_page.draw(the_box)
    for end, index in (("first", the_box.min_ijk[2] - 2), ("last", the_box.min_ijk[2] + 2)):
        a_page.part(f"through-{end}").fill(str(index + 1))
        a_page.part(f"through-{end}").press("Tab")
    a_page.click("propagate")
    a_page.wait_for("run", "found on 5 slices")
    a_page.click("commit")
    a_page.wait_for("run", "written on 5 slices")
    saved = a_folder / "run.seg.nrrd"
    shutil.copy(a_page.save("seg.nrrd", tmp_path), saved)
    empty_page(a_page)
    a_page.part("strip").wait_for(state="detached")
    open_file(a_page, saved.name)
    a_page.wait_for("run", "written on 5 slices")
    assert len(a_page.state("strip")) == 5
    k = the_box.min_ijk[2] + 1
    a_page.part("strip").locator(".cell").nth(3).click()
    a_page.wait_for("slice-Axial", f"{k + 1} / 25")
    (x0, y0), (x1, y1) = the_box.min_ijk[:2], the_box.max_ijk[:2]
    a_page.drag_box(x0, y0, (x0 + x1) / 2, y1)
    a_page.wait_for("accept", "Correct")
    a_page.page.keyboard.press("Enter")
    a_page.wait_for("message", "Written")
    after = voxels(a_page.save("seg.nrrd", tmp_path))
    assert list(np.flatnonzero((after != voxels(saved)).any(axis=(1, 2)))) == [k]
    a_page.page.keyboard.press("Control+z")
    a_page.wait_for("run", "written on 5 slices")
    np.testing.assert_array_equal(voxels(a_page.save("seg.nrrd", tmp_path)), voxels(saved))
    a_page.page.evaluate("window.trame.state.set('strategy', 'track')")
    saved.unlink()


def test_the_numbers_of_a_label_map_become_segments(
    a_page: ViewerPage, a_folder: Path, the_truth: Volume, tmp_path: Path
) -> None:
    shutil.copy(DemoCase.bundled().truth, a_folder / "truth.nrrd")
    open_file(a_page, "truth.nrrd")
    is_opened(a_page, "truth.nrrd: 1 segment.")
    assert names(a_page) == ["Segment 1"]
    np.testing.assert_array_equal(voxels(a_page.save("nii.gz", tmp_path)), the_truth.array_kji)
    (a_folder / "truth.nrrd").unlink()


def test_a_file_on_other_voxels_takes_its_place_in_the_patient_and_says_so(
    a_page: ViewerPage, a_folder: Path, the_truth: Volume, tmp_path: Path
) -> None:
    """Every second column and row, and two slices beyond the volume."""
    grid = the_truth.geometry
    place = grid.ijk_to_ras @ np.diag([2.0, 2.0, 1.0, 1.0])
    coarse = np.concatenate([the_truth.array_kji[:, ::2, ::2], np.ones((2, 128, 128), np.uint8)])
    write_seg_nrrd(
        a_folder / "coarse.seg.nrrd",
        coarse.astype(np.uint8),
        Geometry((128, 128, 27), place),
        names={1: "coarse"},
        colours={},
        terminology={},
    )
    open_file(a_page, "coarse.seg.nrrd")
    is_opened(a_page, "coarse.seg.nrrd")
    told = a_page.text("message")
    assert "It was made on other voxels" in told
    assert f"{2 * 128 * 128:,} of its voxels lie outside" in told
    found = voxels(a_page.save("nii.gz", tmp_path))
    np.testing.assert_array_equal(found[:, ::2, ::2], the_truth.array_kji[:, ::2, ::2])
    (a_folder / "coarse.seg.nrrd").unlink()


BAD = {
    "broken.seg.nrrd": (b"not a segmentation", "is no NRRD file"),
    "empty.seg.nrrd": (b"", "is no NRRD file"),
    "cut.seg.nrrd": (
        b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 9000 9000 9000\nencoding: raw\n"
        b"Segment0_Name:=a\nSegment0_Layer:=0\n\n\0",
        "is cut off or damaged",
    ),
    "wild.seg.nrrd": (
        b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 1\nencoding: raw\n"
        b"Segment0_Name:=a\nSegment0_LabelValue:=1e9\nSegment0_Layer:=0\n\n\0",
        "its segment fields are damaged",
    ),
    "far.seg.nrrd": (
        b"NRRD0004\ntype: uchar\ndimension: 3\nsizes: 1 1 1\nencoding: raw\nspace: lps\n"
        b"space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (9000,0,0)\n"
        b"Segment0_Name:=a\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n\n\1",
        "lies outside of the volume",
    ),
    "picture.nii.gz": (b"\x1f\x8b no", "picture.nii.gz: "),
    "image.nrrd": (None, "open a picture as a volume"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_clear_line_and_changes_nothing(
    a_page: ViewerPage, a_folder: Path, name: str, tmp_path: Path
) -> None:
    content, told = BAD[name]
    if content is not None:
        (a_folder / name).write_bytes(content)
    a_page.click("add-segment")
    a_page.wait_until("get('segments').length === 1")
    before = a_page.state("segments")
    open_file(a_page, name)
    a_page.wait_for("message", told)
    said = a_page.text("message")
    assert name in said
    assert str(a_folder) not in said
    assert a_page.page.locator(".foot.error").count() == 1
    assert a_page.state("segments") == before
    a_page.page.keyboard.press("Control+z")
    a_page.wait_until("!get('segments').length")
    assert not a_page.state("can_undo")
    if content is not None:
        (a_folder / name).unlink()


def test_no_segmentation_outside_of_the_folders_is_opened(a_page: ViewerPage, tmp_path: Path) -> None:
    a_page.click("browse-segmentation")
    a_page.page.evaluate(
        "path => window.trame.trigger('choose', [path, false])", str(tmp_path / "x.seg.nrrd")
    )
    a_page.wait_for("message", "outside of the folders")
    a_page.page.evaluate("window.trame.state.set('is_browsing', false)")


def send(page: ViewerPage, button: str, path: Path) -> None:
    """Choose a file of the browser's machine."""
    with page.page.expect_file_chooser() as chooser:
        page.click(button)
    chooser.value.set_files(str(path))


@pytest.mark.parametrize("button", ["upload-to-segmentation", "upload-to-volume"])
def test_a_segmentation_is_sent_from_the_browsers_machine(
    a_page: ViewerPage, a_saved_file: Path, button: str, tmp_path: Path
) -> None:
    """By either button: the name tells what it is."""
    send(a_page, button, a_saved_file)
    is_opened(a_page, "mine.seg.nrrd: 1 segment.")
    assert a_page.text("volume") == "image"
    np.testing.assert_array_equal(voxels(a_page.save("seg.nrrd", tmp_path)), voxels(a_saved_file))


def test_a_label_map_is_sent_as_a_segmentation(a_page: ViewerPage, the_truth: Volume, tmp_path: Path) -> None:
    send(a_page, "upload-to-segmentation", DemoCase.bundled().truth)
    is_opened(a_page, "truth.nrrd: 1 segment.")
    np.testing.assert_array_equal(voxels(a_page.save("nii.gz", tmp_path)), the_truth.array_kji)


def test_a_segmentation_is_dropped_on_the_page(
    a_page: ViewerPage, a_saved_file: Path, tmp_path: Path
) -> None:
    drop = """([bytes, name]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], name));
        document.body.dispatchEvent(
            new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    a_page.page.evaluate(drop, [list(a_saved_file.read_bytes()), "mine.seg.nrrd"])
    is_opened(a_page, "mine.seg.nrrd")
    np.testing.assert_array_equal(voxels(a_page.save("seg.nrrd", tmp_path)), voxels(a_saved_file))


def test_it_is_opened_from_the_command_line_over_the_bundled_case(
    the_browser: Any, the_truth: Volume, tmp_path: Path
) -> None:
    path = tmp_path / "before.seg.nrrd"
    write_seg_nrrd(
        path,
        the_truth.array_kji.astype(np.uint8),
        the_truth.geometry,
        names={1: "tumour"},
        colours={1: (0.25, 0.5, 0.75)},
        terminology={},
    )
    viewer = ViewerProcess("--demo", "--segmentation", str(path))
    context = the_browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        page = ViewerPage(context.new_page(), viewer.link, the_truth.geometry)
        page.wait_until("get('segments').length === 1")
        assert page.text("volume") == DemoCase.bundled().title
        assert names(page) == ["tumour"]
        assert page.state("segments")[0]["colour"] == "#4080bf"
        assert page.part("undo").is_enabled()
        np.testing.assert_array_equal(voxels(page.save("nii.gz", tmp_path)), the_truth.array_kji)
    finally:
        context.close()
        viewer.close()
    assert viewer.complaints() == []


def test_over_no_volume_there_is_nothing_to_lay_it(
    the_browser: Any, a_folder: Path, the_truth: Volume
) -> None:
    shutil.copy(DemoCase.bundled().truth, a_folder / "truth.nrrd")
    viewer = ViewerProcess("--folder", str(a_folder))
    context = the_browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    try:
        page = ViewerPage(context.new_page(), viewer.link, the_truth.geometry)
        send(page, "upload-to-volume", _renamed(a_folder / "truth.nrrd"))
        page.wait_for("message", "x.seg.nrrd: is a segmentation, and no volume is open; open its image first")
    finally:
        context.close()
        viewer.close()
        (a_folder / "truth.nrrd").unlink()
        (a_folder / "x.seg.nrrd").unlink()


def _renamed(path: Path) -> Path:
    return Path(shutil.copy(path, path.with_name("x.seg.nrrd")))
