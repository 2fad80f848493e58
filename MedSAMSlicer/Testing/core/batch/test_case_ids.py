"""Cases without an id get one that is stable, and no two the same."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch.case_ids import Unnamed, distinct_ids
from medsam_core.batch.case_names import same_file_key


def ids(*images: str) -> list[str]:
    return distinct_ids([Unnamed(image, Path("/data", image)) for image in images])


def test_an_image_s_name_is_enough_if_it_is_the_only_one() -> None:
    assert ids("a/ct.nii.gz", "b/mr.nii.gz") == ["ct", "mr"]


def test_images_called_alike_take_their_folder_s_name() -> None:
    assert ids("case 1/ct.nii.gz", "case 2/ct.nii.gz", "x.nii") == ["case 1_ct", "case 2_ct", "x"]
    assert ids("p1/t1/ct.nii", "p2/t1/ct.nii", "p2/t2/ct.nii") == ["p1_t1_ct", "p2_t1_ct", "t2_ct"]


def test_one_image_several_times_is_numbered() -> None:
    assert ids("ct.nii", "ct.nii", "ct.nii") == ["ct", "ct-2", "ct-3"]


def test_what_is_settled_stays() -> None:
    settled = Unnamed("ct")
    assert distinct_ids([settled, Unnamed("ct.nii", Path("/data/ct.nii")), settled])[::2] == ["ct", "ct"]
    assert distinct_ids([Unnamed("CT.nii", Path("/CT.nii")), Unnamed("ct")]) == ["CT-2", "ct"]


NAMES = st.lists(st.sampled_from(["a", "b", "A", "a-2", "a_a"]), min_size=1, max_size=5).map("/".join)


@given(st.lists(NAMES, max_size=12))
def test_no_two_are_alike(images: list[str]) -> None:
    found = ids(*images)
    assert len({same_file_key(name) for name in found}) == len(images)
