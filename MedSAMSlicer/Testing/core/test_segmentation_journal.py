"""Journals inside of segmentation files."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import PromptError
from medsam_core.journal_file import is_journal, read_journal, read_journal_colours
from medsam_core.prompt_journal import TAG_NAME, PromptJournal
from medsam_core.segmentation_journal import read_segmentation_journal
from testkit.journals import an_entry

HEADER = "NRRD0004\ntype: unsigned char\ndimension: 3\nsizes: 1 1 1\nencoding: raw\n"


def a_file(folder: Path, *tags: str, **fields: list) -> Path:
    """A file of segments with these tags, and with fields of which each has one value for every segment."""
    path = folder / "a.seg.nrrd"
    lines = [f"Segment{n}_Tags:=Segmentation.Status:inprogress|{text}|" for n, text in enumerate(tags)]
    lines += [f"Segment{n}_{key}:={one}" for key, values in fields.items() for n, one in enumerate(values)]
    path.write_bytes((HEADER + "\n".join(lines) + "\n\n").encode() + b"\0")
    return path


def tag(*entries) -> str:
    return f"{TAG_NAME}:{PromptJournal(entries).to_tag()}"


def test_each_segment_gives_its_journal_with_the_label_of_its_place(tmp_path: Path) -> None:
    path = a_file(tmp_path, tag(an_entry()), "x:y", tag(an_entry(), an_entry(mode="replace")))
    assert is_journal(path)
    journal = read_journal(path)
    assert [entry.prompt.label for entry in journal.entries] == [1, 3, 3]
    assert journal.entries[2].mode == "replace"


def test_each_segment_keeps_the_label_and_the_name_that_it_has_in_the_file(tmp_path: Path) -> None:
    names = ["Left kidney", "cyst", "  \x07 "]
    path = a_file(tmp_path, tag(an_entry()), "x:y", tag(an_entry()), LabelValue=[7, 1, 300], Name=names)
    prompts = [entry.prompt for entry in read_journal(path).entries]
    assert [(prompt.label, prompt.name) for prompt in prompts] == [(7, "Left kidney"), (300, "left")]


@pytest.mark.parametrize("labels", [[1, 1, 2], [0, 1, 2], [1, 2, 70000]])
def test_labels_that_do_not_tell_segments_apart_give_way_to_places(tmp_path: Path, labels: list) -> None:
    colours = ["1 0 0", "0 1 0", "dark"]
    path = a_file(tmp_path, *[tag(an_entry())] * 3, LabelValue=labels, Color=colours)
    assert [entry.prompt.label for entry in read_journal(path).entries] == [1, 2, 3]
    assert read_journal_colours(path) == {1: (1.0, 0.0, 0.0), 2: (0.0, 1.0, 0.0)}


def test_a_header_of_megabytes_is_read_whole(tmp_path: Path) -> None:
    path = a_file(tmp_path, "x:" + "y" * (3 << 20), tag(an_entry()))
    assert len(read_segmentation_journal(path).entries) == 1


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        (("x:y",), "none of its segments has a prompt journal"),
        ((), "none of its segments has a prompt journal"),
        ((f"{TAG_NAME}:not a journal",), "segment 0: is damaged"),
    ],
)
def test_a_file_without_a_journal_is_refused_in_one_sentence(
    tmp_path: Path, tags: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(PromptError, match=sentence):
        read_segmentation_journal(a_file(tmp_path, *tags))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.seg.nrrd"
    with pytest.raises(PromptError, match="cannot be read"):
        read_segmentation_journal(path)
    path.write_bytes(b"PNG")
    with pytest.raises(PromptError, match="is no NRRD file"):
        read_segmentation_journal(path)


def test_segments_that_hold_more_than_one_journal_may_are_refused(tmp_path: Path) -> None:
    path = a_file(tmp_path, *[tag(*[an_entry()] * 1400)] * 3)
    with pytest.raises(PromptError, match=r"a\.seg\.nrrd: holds more than 4096 entries"):
        read_segmentation_journal(path)
