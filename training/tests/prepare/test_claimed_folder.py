"""A run that fails with nothing to show leaves nothing; one that has begun leaves what it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import OutputError
from medsam_training.prepare.claimed_folder import claimed_folder


def failing(folder: Path, *made: str) -> None:
    """A run that makes these folders (names that end in /) and files, and fails."""
    with pytest.raises(KeyboardInterrupt), claimed_folder(folder):
        for name in made:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(exist_ok=True) if name.endswith("/") else path.write_bytes(b"x")
        raise KeyboardInterrupt


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("made", [(), ("arrays/set/", "records/")])
def test_folders_that_a_failed_run_made_are_gone_and_others_stay(tmp_path: Path, made: tuple) -> None:
    (tmp_path / "there").mkdir()
    failing(tmp_path / "there" / "new" / "out", *made)
    failing(tmp_path / "there", *made)
    assert names(tmp_path) == ["there"]


def test_what_is_finished_stays(tmp_path: Path) -> None:
    failing(tmp_path / "out", "arrays/set/", "records/set/a.json")
    assert names(tmp_path / "out") == [".lock", "records", "records/set", "records/set/a.json"]


def test_a_run_that_succeeds_leaves_its_lock(tmp_path: Path) -> None:
    with claimed_folder(tmp_path / "out"):
        pass
    failing(tmp_path / "out")
    assert names(tmp_path) == ["out", "out/.lock"]


def test_a_second_run_is_refused_and_takes_nothing_from_the_first(tmp_path: Path) -> None:
    with claimed_folder(tmp_path / "out"):
        with (
            pytest.raises(OutputError, match="is being prepared by another run"),
            claimed_folder(tmp_path / "out"),
        ):
            pass
        assert names(tmp_path / "out") == [".lock"]


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_bytes(b"dear")
    with pytest.raises(OutputError, match=r"holds other files \(letter\.txt\)"), claimed_folder(tmp_path):
        pass
    assert names(tmp_path) == ["letter.txt"]
