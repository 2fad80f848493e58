"""Journals as files."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core import journal_file
from medsam_core.errors import OutputError, PromptError
from medsam_core.journal_file import is_journal, read_journal, write_journal
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts_file import write_prompts
from testkit.journals import an_entry, two_balls

JOURNAL = PromptJournal((an_entry(), an_entry(mode="replace")))


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "liver.journal.json"
    write_journal(JOURNAL, path)
    assert read_journal(path).to_json() == JOURNAL.to_json()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_journal(path).to_json() == JOURNAL.to_json()


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "liver.journal.json"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        write_journal(JOURNAL, path)
    assert path.read_text() == "mine"
    write_journal(JOURNAL, path, overwrite=True)
    assert read_journal(path).to_json() == JOURNAL.to_json()


def test_a_journal_is_known_by_its_name_or_its_first_words(tmp_path: Path) -> None:
    plain, prompts = tmp_path / "a.json", tmp_path / "b.json"
    write_journal(JOURNAL, plain)
    write_prompts(JOURNAL.prompts(), prompts, two_balls().geometry)
    assert is_journal(plain)
    assert not is_journal(prompts)
    assert is_journal(tmp_path / "gone.journal.json")
    assert not is_journal(tmp_path / "gone.json")
    assert not is_journal(tmp_path)


def test_missing_files_giants_and_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PromptError, match=r"gone\.journal\.json: cannot be read"):
        read_journal(tmp_path / "gone.journal.json")
    giant = tmp_path / "giant.journal.json"
    with giant.open("wb") as stream:
        stream.truncate(journal_file.LARGEST_JSON + 1)
    with pytest.raises(PromptError, match="is larger than 16 MB"):
        read_journal(giant)
    giant.write_text('{"version": 1, "entries": [{}]}')
    with pytest.raises(PromptError, match=r"giant\.journal\.json: entries\[0\]\.segment: is missing"):
        read_journal(giant)
