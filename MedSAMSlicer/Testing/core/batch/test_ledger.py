"""What a rank noted is there after any kill, and nothing else is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.batch.case_row import CaseRow
from medsam_core.batch.ledger import Ledger, LedgerContent, is_alone, path_of, read_ledgers
from medsam_core.batch.shard import Shard
from medsam_core.errors import OutputError

ONE, TWO = CaseRow("a", "done", 1.0, 1, 2, 3.0, 0.5, 6), CaseRow("b", "failed", reason="ä\nb")


def a_ledger(folder: Path, *, ended: bool = True) -> Path:
    with Ledger.open(folder, Shard(start="s"), "key") as ledger:
        ledger.add(ONE)
        ledger.add(TWO)
        if ended:
            ledger.end()
    return path_of(folder, 0, 1)


def test_what_is_noted_is_read(tmp_path: Path) -> None:
    assert LedgerContent.read(a_ledger(tmp_path)) == LedgerContent("key", "s", {"a": ONE, "b": TWO}, True)
    assert not LedgerContent.read(a_ledger(tmp_path, ended=False)).ended


def test_every_line_is_on_disk_before_the_next_case(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, Shard(), "key") as ledger:
        ledger.add(ONE)
        assert LedgerContent.read(path_of(tmp_path, 0, 1)).rows == {"a": ONE}


@given(st.integers(0, 400))
def test_a_ledger_cut_anywhere_gives_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, end: int
) -> None:
    path = a_ledger(tmp_path_factory.mktemp("ledger"))
    path.write_bytes(path.read_bytes()[:end])
    found = LedgerContent.read(path)
    assert {"a": ONE, "b": TWO}.items() >= found.rows.items()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_ledger_or_an_empty_one(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "x"
    path.write_bytes(content)
    assert LedgerContent.read(path).rows == {}


def test_the_ledger_of_another_list_or_number_of_ranks_does_not_count(tmp_path: Path) -> None:
    a_ledger(tmp_path)
    assert [len(ledger.rows) for ledger in read_ledgers(tmp_path, Shard(), "key")] == [2]
    assert [len(ledger.rows) for ledger in read_ledgers(tmp_path, Shard(), "other")] == [0]
    assert [len(ledger.rows) for ledger in read_ledgers(tmp_path, Shard(0, 2), "key")] == [0, 0]


def test_a_rank_sees_whether_it_is_alone(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, Shard(0, 2), "key"):
        assert is_alone(tmp_path, Shard(0, 2))
        with Ledger.open(tmp_path, Shard(1, 2), "key"):
            assert not is_alone(tmp_path, Shard(0, 2)) and not is_alone(tmp_path, Shard())
        assert is_alone(tmp_path, Shard(0, 2))


def test_two_runs_do_not_write_into_one_folder_at_once(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, Shard(0, 2), "key"):
        with pytest.raises(OutputError, match="another run"), Ledger.open(tmp_path, Shard(0, 2), "key"):
            pass
        with Ledger.open(tmp_path, Shard(1, 2), "key"):
            pass
    with Ledger.open(tmp_path, Shard(0, 2), "key"):
        pass


def test_a_folder_that_takes_no_files_is_named() -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs a /proc that takes no files")
    with pytest.raises(OutputError, match="/proc"), Ledger.open(Path("/proc"), Shard(), "key"):
        pass
