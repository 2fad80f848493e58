"""Images find their masks by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources import find_cases
from medsam_training.prepare.sources.file_names import key, looks_like_mask, stem

LAYOUTS = {
    "two folders": ("images/a.nii.gz", "masks/a.nii.gz"),
    "decathlon folders": ("imagesTr/a.nii.gz", "labelsTr/a.nii.gz"),
    "decorated in two folders": ("img/a_image.png", "gt/a_mask.png"),
    "nnU-Net's channel": ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"),
    "side by side": ("a.nrrd", "a.seg.nrrd"),
    "side by side, hyphen": ("a.mha", "a-label.mha"),
    "word first": ("img_a.png", "mask_a.png"),
    "a folder for each case": ("a/ct.nii.gz", "a/segmentation.nii.gz"),
    "upper case": ("images/A.NII.GZ", "masks/a.nii.gz"),
    "DICOM series": ("images/a/IMG1.dcm", "masks/a.nii.gz"),
}


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS)
def test_each_layout_gives_the_pair(tmp_path, names):
    _touch(tmp_path / "set", *names)
    (case,) = find_cases([tmp_path / "set"])
    image = tmp_path / "set" / names[0]
    assert case.image in (image, image.parent)
    assert case.mask == tmp_path / "set" / names[1]
    assert case.id.lower() == "set/a"


def test_an_image_without_a_mask_is_passed_over(tmp_path):
    _touch(tmp_path, "images/a.png", "images/b.png", "masks/a.png")
    assert [case.name for case in find_cases([tmp_path])] == ["a"]


def test_a_mask_without_an_image_is_named(tmp_path):
    _touch(tmp_path, "images/a.png", "masks/a.png", "masks/other.png")
    with pytest.raises(SourceError, match=r"other\.png: no image"):
        find_cases([tmp_path])


def test_two_images_for_one_mask_are_named(tmp_path):
    _touch(tmp_path, "images/a.png", "images/a.jpg", "masks/a.png")
    with pytest.raises(SourceError, match="could both be its image"):
        find_cases([tmp_path])


def test_channels_of_one_case_are_cases_of_one_group(tmp_path):
    _touch(tmp_path / "s", "imagesTr/a_0000.nii.gz", "imagesTr/a_0001.nii.gz", "labelsTr/a.nii.gz")
    cases = find_cases([tmp_path / "s"])
    assert [case.name for case in cases] == ["a_0000", "a_0001"]
    assert {case.owner for case in cases} == {"s/a"}


@pytest.mark.parametrize(
    "names", [("p1_t1.nii.gz", "p1_flair.nii.gz", "p1_seg.nii.gz"), ("t1.mha", "t2.mha", "seg.mha")]
)
def test_the_only_mask_of_a_patients_folder_is_that_of_all_its_sequences(tmp_path, names):
    _touch(tmp_path / "s", *(f"p1/{name}" for name in names))
    cases = find_cases([tmp_path / "s"])
    assert {case.image.name for case in cases} == set(names[:2])
    assert {(case.mask.name, case.owner) for case in cases} == {(names[2], "s/p1")}


def test_a_mask_that_fits_one_image_by_name_is_not_given_to_others(tmp_path):
    _touch(tmp_path / "s", "p1/a.png", "p1/b.png", "p1/a_mask.png")
    assert [case.image.name for case in find_cases([tmp_path / "s"])] == ["a.png"]


def test_equal_names_in_two_folders_stay_apart(tmp_path):
    names = [f"{kind}/{site}/1.png" for kind in ("images", "masks") for site in ("north", "south")]
    _touch(tmp_path, *names)
    assert [case.name for case in find_cases([tmp_path])] == ["north_1", "south_1"]


def test_an_empty_folder_says_what_would_work(tmp_path):
    with pytest.raises(SourceError, match=r"no pairs.*images/ and masks/"):
        find_cases([tmp_path])


def test_two_cases_of_one_id_are_named(tmp_path):
    for place in ("one", "two"):
        _touch(tmp_path / place / "set", "images/a.png", "masks/a.png")
    with pytest.raises(SourceError, match=r"set/a: is the id of two cases: .*one.*two"):
        find_cases([tmp_path / "one" / "set", tmp_path / "two" / "set"])


def test_group_by_finds_the_patient_in_the_name(tmp_path):
    names = [f"{kind}/patient{n}_t{t}.png" for kind in ("images", "masks") for n in (1, 2) for t in (0, 1)]
    _touch(tmp_path / "s", *names)
    cases = find_cases([tmp_path / "s"], group_by=r"patient\d+")
    assert [case.owner for case in cases] == ["s/patient1"] * 2 + ["s/patient2"] * 2


@pytest.mark.parametrize("pattern", ["(", "nobody"])
def test_a_group_by_that_cannot_work_is_refused(tmp_path, pattern):
    _touch(tmp_path, "images/a.png", "masks/a.png")
    with pytest.raises(SourceError, match="--group-by"):
        find_cases([tmp_path], group_by=pattern)


def test_names_are_taken_apart_as_written():
    assert stem(Path("x/a.b.seg.nrrd")) == "a.b"
    assert key(Path("Liver_01_Seg.nii.gz")) == "liver_01"
    assert looks_like_mask(Path("case.labels.png")) and not looks_like_mask(Path("labelled_case.png"))
