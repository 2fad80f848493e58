"""A user without sense: no error, memory bounded, and the views show what is in the scene."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from medsam_core.demo_case import DemoCase
from medsam_core.segmentation_reader import read_segmentation
from medsam_core.volume_reader import read_volume
from testkit.random_user import RandomUser
from testkit.viewer_page import ViewerPage
from testkit.viewer_process import ViewerProcess

LONG_SECONDS = float(os.environ.get("MEDSAM_CLICK_SECONDS", "1200"))
SHORT_SECONDS = 12.0
SEED = int(os.environ.get("MEDSAM_CLICK_SEED", "1"))
MOST_MB = 3000
"""Of memory: PyTorch and VTK, a gigabyte of slices that were read, twelve steps of undo."""


@pytest.fixture
def a_user(a_page: ViewerPage, a_folder: Path) -> Iterator[RandomUser]:
    """In a page of the bundled case."""
    names = ("image.nrrd", "image.nrrd", "tall.nrrd", "broken.nii.gz", "../elsewhere.nrrd")
    shutil.copy(DemoCase.bundled().truth, a_folder / "truth.nrrd")
    (a_folder / "broken.seg.nrrd").write_bytes(b"NRRD0004\nno header")
    volumes = [*(str(a_folder / name) for name in names), str(a_folder / "series")]
    segmentations = [str(a_folder / name) for name in ("truth.nrrd", "broken.seg.nrrd", "tall.nrrd")]
    yield RandomUser(a_page, SEED, volumes, segmentations)
    a_page.page.evaluate("window.trame.state.set('strategy', 'track')")
    if not a_page.state("is_marking"):
        a_page.page.evaluate("window.trame.trigger('key', ['tool'])")


def come_to_rest(page: ViewerPage) -> None:
    """Nothing is under way, nothing is marked, the whole slices are shown."""
    page.page.keyboard.up("Control")
    page.page.wait_for_timeout(1500)  # what was clicked last is on its way
    for _ in range(60):  # each volume under way may ask whether it may take the place of the one before
        page.page.evaluate("window.trame.trigger('answer_unsaved', [true])")
        page.page.wait_for_timeout(300)
        if not page.state("volume_reading"):
            break
    page.wait_until("!get('volume_reading') && get('volume_name')")
    page.page.evaluate("window.trame.state.set('is_browsing', false)")
    page.page.locator(".v-overlay__scrim").wait_for(state="detached")
    if not page.state("is_marking"):
        page.page.evaluate("window.trame.trigger('key', ['tool'])")
        page.wait_until("get('is_marking')")
    page.wait_until("!get('is_correcting') && get('run_phase') !== 'writing'")
    for _ in range(20):
        if page.state("run_phase") == "running":
            page.click("cancel")
            page.wait_until("get('run_phase') !== 'running'")
        if not page.state("run_phase"):
            break
        page.click("discard")
        page.page.wait_for_timeout(300)
    for _ in range(3):
        page.page.evaluate("window.trame.trigger('key', ['clear'])")
    page.wait_until("!get('is_marked')")
    page.part("fit").first.click()


def settled_picture(page: ViewerPage) -> np.ndarray:
    """The axial view when it changes no more, without what lights up at its edges under the pointer."""
    page.page.mouse.move(5, 5)
    before = page.picture()[40:-40]
    for _ in range(20):
        page.page.wait_for_timeout(500)
        now = page.picture()[40:-40]
        if differing(before, now) < 5:
            return now
        before = now
    raise AssertionError("the axial view does not come to rest")


def differing(some: np.ndarray, others: np.ndarray) -> int:
    """Pixels that are not the same."""
    return int(np.count_nonzero(np.abs(some - others).max(axis=2) > 12))


def show_all(page: ViewerPage, visible: bool) -> None:
    """Show or hide all segments."""
    for n, one in enumerate(page.state("segments")):
        if one["visible"] != visible:
            page.part("eye").nth(n).click()
    page.wait_until(f"get('segments').every(one => one.visible === {str(visible).lower()})")


def check_the_views(page: ViewerPage, folder: Path) -> None:
    """What is saved is what the list says, segment by segment, and what is seen on the axial slice."""
    if all(one["empty"] for one in page.state("segments")):
        return
    for _ in range(5):  # what was asked for before may be written between the file and the list
        before = page.state("segments")
        saved = read_segmentation(page.save("seg.nrrd", folder))
        page.page.wait_for_timeout(500)  # the list is on its way when the file has come
        if page.state("segments") == before:
            break
    sizes = [float(one["ml"]) for one in before]
    voxel_ml = saved.geometry.voxel_volume_mm3 / 1000
    np.testing.assert_allclose(
        [one.patch.voxels * voxel_ml for one in saved.segments], sizes, rtol=1e-3, atol=0.006
    )
    labels = read_volume(page.save("nii.gz", folder))
    show_all(page, True)
    shown = settled_picture(page)
    show_all(page, False)
    hidden = settled_picture(page)
    show_all(page, True)
    assert differing(shown, settled_picture(page)) < 5, "shown again they are as before"
    k = int(page.text("slice-Axial").split("/")[0]) - 1
    there, seen = np.count_nonzero(labels.array_kji[k]), differing(shown, hidden)
    assert (seen > 30) == (there > 3) or 3 < there < 40, f"{there} voxels on slice {k}, {seen} pixels seen"


def click_about(
    user: RandomUser, viewer: ViewerProcess, seconds: float, every: float
) -> list[tuple[int, int]]:
    """Act for a while; returns (seconds since the start, MB of memory) now and then."""
    started, memory = time.monotonic(), []
    while (now := time.monotonic() - started) < seconds:
        user.act()
        if not memory or now - memory[-1][0] > every:
            memory.append((int(now), viewer.memory_mb()))
            assert viewer.is_running
            assert viewer.complaints() == [], viewer.log[-3000:]
    memory.append((int(seconds), viewer.memory_mb()))
    return memory


def test_some_seconds_of_random_clicking(
    a_user: RandomUser, a_page: ViewerPage, a_viewer: ViewerProcess, tmp_path: Path
) -> None:
    memory = click_about(a_user, a_viewer, SHORT_SECONDS, 5)
    come_to_rest(a_page)
    check_the_views(a_page, tmp_path)
    assert sum(a_user.done.values()) > 10
    assert max(mb for _, mb in memory) < MOST_MB
    assert a_viewer.complaints() == []


@pytest.mark.long
def test_twenty_minutes_of_random_clicking(
    a_user: RandomUser, a_page: ViewerPage, a_viewer: ViewerProcess, tmp_path: Path
) -> None:
    memory = []
    rounds = max(int(LONG_SECONDS / 60), 1)
    for number in range(rounds):
        memory += [
            (60 * number + at, mb) for at, mb in click_about(a_user, a_viewer, LONG_SECONDS / rounds, 30)
        ]
        come_to_rest(a_page)
        check_the_views(a_page, tmp_path)
        print(f"minute {number + 1}: {memory[-1][1]} MB, {sum(a_user.done.values())} deeds", flush=True)
    print(dict(a_user.done))
    most = [max(mb for at, mb in memory if part <= at * 4 / LONG_SECONDS < part + 1) for part in range(4)]
    assert max(most) < MOST_MB
    assert most[3] < most[1] + 400, f"memory grows: {most} MB in the four quarters"
    assert a_viewer.complaints() == []
    assert a_page.errors == []
