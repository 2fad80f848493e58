"""Lists of pairs."""

from __future__ import annotations

import json

import pytest

from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources import find_cases

HEADER = "image,mask,id,group,split,modality\n"


def test_a_csv_gives_all_it_says(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(HEADER + "a.nrrd,m/a.nrrd,lung/7,p7,val,CT\nb.nrrd,m/b.nrrd,,,,\n")
    b, a = find_cases([path])
    assert (a.id, a.owner, a.split, a.modality) == ("lung/7", "p7", "val", "CT")
    assert (b.id, b.owner, b.split, b.modality) == ("list/b", "list/b", None, None)
    assert a.mask == tmp_path / "m" / "a.nrrd"


def test_json_and_csv_say_the_same(tmp_path):
    rows = [{"image": "a.png", "mask": "b.png", "id": 7, "split": "test"}]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    (tmp_path / "list.csv").write_text("image;mask;id;split\na.png;b.png;7;test\n")
    assert find_cases([tmp_path / "list.json"]) == find_cases([tmp_path / "list.csv"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("image,maks\na.png,b.png\n", r"line 2: (mask|maks): is wrong or missing"),
        (HEADER + ",b.png,,,,\n", "line 2: image"),
        (HEADER + "a.png,b.png,,,training,\n", "line 2: split.*'train', 'val' or 'test'"),
        ("image,mask\n", "no rows"),
        ("", "is empty"),
    ],
)
def test_a_wrong_list_is_told_by_line_and_column(tmp_path, text, told):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(SourceError, match=told):
        find_cases([tmp_path / "list.csv"])


def test_a_name_that_would_leave_the_folder_becomes_harmless(tmp_path):
    (tmp_path / "list.csv").write_text("image,mask,id\na.png,b.png,../../etc/x\n")
    (case,) = find_cases([tmp_path / "list.csv"])
    assert ".." not in case.id.split("/")
