"""A list of cases is taken whole or refused with one line, before anything is done."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch import cases_file
from medsam_core.batch.cases_file import make_cases, read_cases
from medsam_core.errors import CasesError, MedSAMError

BOX = "1,2,3,4,5,6"


def listed(folder: Path, content: object, name: str = "cases.json") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_json_and_csv_give_the_same_cases(tmp_path: Path) -> None:
    rows = [
        {"image": "a.nii.gz", "box": BOX},
        {"image": "deep/b.nii", "boxes": [BOX, BOX], "id": "second"},
        {"image": "c", "prompts": "c.json", "output": "x.nii.gz", "frame": 2, "series": "3"},
    ]
    table = (
        "image,box,boxes,prompts,id,output,frame,series\n"
        f'a.nii.gz,"{BOX}"\ndeep\\b.nii,,"{BOX};{BOX}",,second\nc,,,c.json,,x.nii.gz,2,3\n'
    )
    from_json = read_cases(listed(tmp_path, rows))
    assert from_json == read_cases(listed(tmp_path, table.encode(), "cases.CSV"))
    assert [case.id for case in from_json] == ["a", "second", "x"]
    assert from_json[1].image == tmp_path / "deep" / "b.nii"
    assert from_json[2].prompts == tmp_path / "c.json"


def test_a_byte_order_mark_does_not_matter(tmp_path: Path) -> None:
    content = codecs.BOM_UTF8 + json.dumps([{"image": "a.nii", "box": BOX}]).encode()
    assert len(read_cases(listed(tmp_path, content))) == 1


def test_what_is_bad_about_a_case_alone_is_not_the_lists_fault(tmp_path: Path) -> None:
    rows = [
        {"image": "not-there.nii"},
        {"image": "b.nii", "box": "rubbish"},
        {"image": "c.nii", "box": BOX, "prompts": "too.json"},
    ]
    assert len(read_cases(listed(tmp_path, rows))) == 3


BAD = {
    "not JSON": (b"[{", "is not JSON"),
    "nested too deep": (b"[" * 200_000, "is not JSON"),
    "no list": ({"image": "a"}, "no list"),
    "empty": ([], "no case"),
    "not rows": ([1], "case 1: is no case"),
    "misspelt column": ([{"imgae": "a"}], "did you mean 'image'"),
    "no image": ([{"image": "a", "box": BOX}, {"box": BOX}], "case 2: image: is missing"),
    "a box that is a number": ([{"image": "a", "box": 3}], "case 1: box: is wrong"),
    "an id twice": (
        [{"image": "a.nii", "id": "a"}, {"image": "b/A.nii", "id": "A"}],
        "case 2: id 'A': is that of case 1 too",
    ),
    "an output twice": (
        [{"image": "a.nii", "output": "x.nii"}, {"image": "b.nii", "id": "b", "output": "X.nii"}],
        "case 2: file 'X.nii': is written by case 1 too",
    ),
    "an output that is another's overview": (
        [{"image": "a.nii"}, {"image": "b.png", "id": "b", "output": "a.overview.png"}],
        "is written by case 1 too",
    ),
    "an output above": ([{"image": "a", "output": "../x.nii"}], "has a folder in it"),
    "an absolute output": ([{"image": "a", "output": "/tmp/x.nii"}], "has a folder in it"),
    "an output with a hidden separator": ([{"image": "a", "output": "..\\x.nii"}], "has a folder in it"),
    "an id above": ([{"image": "a", "id": ".."}], "starts with a dot"),
    "control characters": ([{"image": "a\u001b[2J"}], "control characters"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_list_is_refused_with_the_place_and_the_reason(name: str, tmp_path: Path) -> None:
    content, said = BAD[name]
    with pytest.raises(CasesError) as caught:
        read_cases(listed(tmp_path, content))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_csv_says_the_line(tmp_path: Path) -> None:
    path = listed(tmp_path, f'image,box\n\n,"{BOX}"\n'.encode(), "cases.csv")
    with pytest.raises(CasesError, match="line 3: image: is missing"):
        read_cases(path)
    with pytest.raises(CasesError, match="no column box, boxes or prompts"):
        read_cases(listed(tmp_path, b"image,id\na.nii,1\n", "cases.csv"))


def test_files_of_other_kinds_missing_and_giant_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CasesError, match=r"\.json or \.csv"):
        read_cases(listed(tmp_path, b"x", "cases.txt"))
    with pytest.raises(CasesError, match="cannot be read"):
        read_cases(tmp_path / "none.csv")
    monkeypatch.setattr(cases_file, "LARGEST_FILE", 100)
    with pytest.raises(CasesError, match="larger than"):
        read_cases(listed(tmp_path, b" " * 101))
    monkeypatch.setattr(cases_file, "MOST_CASES", 2)
    with pytest.raises(CasesError, match="more than 2 cases"):
        make_cases([(str(n), {"image": f"{n}.nii"}) for n in range(3)], tmp_path, ".nrrd", "cases")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["image", "id", "x"]), inner),
    max_leaves=6,
)
ROWS = st.dictionaries(st.sampled_from(["image", "box", "boxes", "prompts", "id", "output", "frame"]), VALUES)


@given(st.lists(ROWS, max_size=3))
def test_any_rows_give_cases_inside_the_folder_or_one_error(rows: list[dict]) -> None:
    try:
        cases = make_cases(
            ((f"case {n}", row) for n, row in enumerate(rows)), Path("/data"), ".nrrd", "cases"
        )
    except MedSAMError as error:
        assert "\n" not in str(error)
        return
    assert all(Path(case.output).name == case.output for case in cases)
