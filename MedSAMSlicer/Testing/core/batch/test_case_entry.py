"""Rows as people write them become cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from medsam_core.batch.case_entry import CaseEntry, located, nearest_column
from medsam_core.batch.case_ids import distinct_ids


def case(**row: object):
    entry = CaseEntry.model_validate({"image": "ct.nii.gz", **row})
    (case_id,) = distinct_ids([entry.name(Path("/data"))])
    return entry.case(case_id, Path("/data"), ".seg.nrrd")


def test_box_and_boxes_are_one_list() -> None:
    assert case(box="1,2,3,4,5,6").boxes == ("1,2,3,4,5,6",)
    assert case(boxes=["1,2,3,4,5,6", "7,8,9,10,11,12"]).boxes == ("1,2,3,4,5,6", "7,8,9,10,11,12")
    assert case(boxes="1,2,3,4,5,6; 7,8,9,10,11,12;").boxes == ("1,2,3,4,5,6", "7,8,9,10,11,12")


def test_the_id_is_given_or_that_of_the_output_or_that_of_the_image() -> None:
    assert case(id=" 007 ", output="x.nrrd").id == "007"
    assert case(id=12).id == "12"
    assert case(output="x.nii.gz").id == "x"
    assert case().id == "ct"
    assert case(image="a/b/..").id == "a" and case(image=".").id == "data"


def test_an_output_without_a_format_gets_that_of_the_batch() -> None:
    assert case(output="liver").output == "liver.seg.nrrd"
    assert case(output="liver.nii.gz").output == "liver.nii.gz"
    assert case(id="a").output == "a.seg.nrrd"


def test_blank_cells_are_as_if_they_were_not_there() -> None:
    assert case(box=" ", boxes="", prompts="", id="", output="", frame="", series="") == case()


def test_paths_are_relative_to_the_list_and_may_come_from_windows(tmp_path: Path) -> None:
    assert located("a/b.nii", tmp_path) == tmp_path / "a" / "b.nii"
    assert located(str(tmp_path / "x.nii"), Path("/elsewhere")) == tmp_path / "x.nii"
    assert located("a\\b.nii", tmp_path) == tmp_path / "a" / "b.nii"
    odd = tmp_path / "a\\b.nrrd"
    odd.write_bytes(b"")  # where this is a name, it stays one
    assert located("a\\b.nrrd", tmp_path) == odd


@pytest.mark.parametrize(
    "row", [{"image": ""}, {"image": "a\x1bb"}, {"box": 5}, {"boxes": [1]}, {"frame": -1.5}, {"id": [1]}]
)
def test_values_of_another_kind_are_refused(row: dict) -> None:
    with pytest.raises(ValidationError):
        CaseEntry.model_validate({"image": "a.nii", **row})


def test_the_nearest_column_is_named() -> None:
    assert "'image'" in nearest_column("imgae")
    assert "prompts" in nearest_column("zzz")
