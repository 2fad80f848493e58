"""One viewer for all tests, in a real browser; they skip where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from medsam_core.demo_case import DemoCase
from medsam_core.formats.nrrd_writer import write_nrrd
from medsam_core.geometry import Geometry
from medsam_core.prompts import Box
from medsam_core.prompts_file import read_prompts
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume
from testkit.dicom_files import write_series
from testkit.viewer_page import HEIGHT, WIDTH, ViewerPage, a_browser, find_browser
from testkit.viewer_process import ViewerProcess


def needs(name: str) -> None:
    """Skip without a package; where the browser tests must run, fail."""
    try:
        __import__(name)
    except ImportError:
        _absent(f"{name} is not installed: pip install -c constraints.txt -e '.[viewer,test]'")


def _absent(why: str) -> None:
    if os.environ.get("MEDSAM_BROWSER_TESTS") == "required":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def a_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What can be opened in the page: the bundled case, a DICOM series, a column, a file that is none."""
    folder = tmp_path_factory.mktemp("scans")
    shutil.copy(DemoCase.bundled().image, folder / "image.nrrd")
    (folder / "broken.nii.gz").write_bytes(b"not an image")
    values = np.random.default_rng(0).integers(-100, 200, (6, 40, 48)).astype(np.int16)
    write_series(folder / "series", values, Geometry((48, 40, 6), np.diag([0.8, 0.8, 3.0, 1.0])))
    for number, name in enumerate(("native", "with contrast"), 1):
        stack = np.resize(values, (5 + number, 40, 48))
        place = Geometry((48, 40, 5 + number), np.diag([0.8, 0.8, 3.0, 1.0]))
        inner = folder / "study" / f"inner {number}"
        write_series(inner, stack, place, uid=f"1.2.{number}", description=name, number=number)
    write_nrrd(folder / "tall.nrrd", a_column(), Geometry((256, 256, 60), np.diag([-1.0, -1.0, 1.0, 1.0])))
    return folder


def a_column() -> np.ndarray:
    """(60, 256, 256) uint8: bright through all slices, so that a propagation takes its time."""
    j, i = np.indices((256, 256))
    return np.repeat(np.where((j - 128) ** 2 + (i - 128) ** 2 < 28**2, 200, 60).astype(np.uint8)[None], 60, 0)


@pytest.fixture(scope="session")
def a_viewer(a_folder: Path) -> Iterator[ViewerProcess]:
    """Showing the bundled case."""
    needs("trame_slicer")
    viewer = ViewerProcess("--demo", "--folder", str(a_folder))
    yield viewer
    viewer.close()


@pytest.fixture
def needs_viewer() -> None:
    """Skip where it is not installed."""
    needs("trame_slicer")


@pytest.fixture(scope="session")
def the_browser() -> Iterator[Any]:
    """A headless Chromium."""
    needs("playwright")
    path = find_browser()
    if path is None:
        _absent("there is no Chromium: apt install chromium, or set MEDSAM_CHROMIUM to one")
    with a_browser(str(path)) as browser:
        yield browser


@pytest.fixture(scope="session")
def the_page(a_viewer: ViewerProcess, the_browser: Any, the_truth: Volume) -> Iterator[ViewerPage]:
    """The one page of the viewer."""
    context = the_browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    page = ViewerPage(context.new_page(), a_viewer.link, the_truth.geometry)
    page.click("tool")
    yield page
    context.close()


@pytest.fixture
def a_page(the_page: ViewerPage) -> Iterator[ViewerPage]:
    """With the bundled case opened anew, the tool on, nothing drawn."""
    the_page.open_volume("image.nrrd")
    the_page.page.wait_for_function("!window.trame.state.get('segments').length")
    yield the_page
    assert the_page.errors == []


@pytest.fixture(scope="session")
def the_truth() -> Volume:
    """Labels of the bundled case."""
    return read_volume(DemoCase.bundled().truth)


@pytest.fixture(scope="session")
def the_box(the_truth: Volume) -> Box:
    """On the slice where the bundled model is surest."""
    prompts = read_prompts(DemoCase.bundled().prompts, the_truth.geometry)
    return next(box for box in prompts.segments[0].boxes if box.min_ijk[2] == 15)
