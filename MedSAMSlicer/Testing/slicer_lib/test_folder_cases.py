"""A folder of images as a batch, run by the real batch."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import medsam_core as medsam
from medsam_core.demo_case import DemoCase
from medsam_core.errors import CasesError
from medsam_core.prompts_file import read_prompts
from MedSAMSlicerLib.folder_cases import folder_cases, is_list, write_common_prompts


@pytest.fixture
def a_folder(tmp_path: Path) -> Path:
    case, folder = DemoCase.bundled(), tmp_path / "images"
    folder.mkdir()
    for name in ("b.nrrd", "a.nrrd"):
        shutil.copy(case.image, folder / name)
    shutil.copy(case.prompts, folder / "a.prompts.json")
    (folder / "notes.txt").touch()
    (folder / "old.seg.nrrd").touch()
    return folder


def test_images_are_taken_in_order_with_their_own_prompts_or_the_common_ones(
    a_folder: Path, tmp_path: Path
) -> None:
    common = tmp_path / "roi.json"
    cases = folder_cases(a_folder, common)
    assert [case["id"] for case in cases] == ["a", "b"]
    assert [case["prompts"] for case in cases] == [str(a_folder / "a.prompts.json"), str(common)]


def test_an_image_without_prompts_and_a_folder_without_images_are_refused(
    a_folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(CasesError, match=r"b\.nrrd: has no prompts; choose an ROI, or put b\.prompts\.json"):
        folder_cases(a_folder, None)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(CasesError, match="holds no images"):
        folder_cases(empty, None)
    with pytest.raises(CasesError, match="is no folder"):
        folder_cases(tmp_path / "nowhere", None)


def test_an_roi_of_the_scene_is_the_same_place_of_the_patient_in_every_image(tmp_path: Path) -> None:
    volume = medsam.read_volume(DemoCase.bundled().image)
    low, high = (volume.geometry.from_ijk(ijk, "ras") for ijk in ([160, 82, 14], [208, 116, 16]))
    path = tmp_path / "roi.json"
    write_common_prompts(path, "lesion", (tuple(low.tolist()), tuple(high.tolist())))
    (segment,) = read_prompts(path, volume.geometry).segments
    assert segment.name == "lesion"
    assert (segment.boxes[0].min_ijk, segment.boxes[0].max_ijk) == ((160, 82, 14), (208, 116, 16))


def test_the_batch_runs_on_a_folder(a_folder: Path, tmp_path: Path) -> None:
    cases = folder_cases(a_folder, a_folder / "a.prompts.json")
    summary = medsam.run_batch(cases, tmp_path / "out", medsam.load_model("demo", device="cpu"))
    assert summary.count("done") == 2
    assert (tmp_path / "out" / "a.seg.nrrd").is_file()


def test_a_list_of_cases_is_known_by_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "cases.csv").touch()
    assert is_list(tmp_path / "cases.csv") and not is_list(tmp_path)
