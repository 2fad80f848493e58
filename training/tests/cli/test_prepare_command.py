"""`medsam-train prepare` on the terminal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medsam_training.cli import main


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Ten pictures with masks; one mask is cut off."""
    folder = tmp_path / "eyes"
    rng = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for number in range(10):
        mask = np.zeros((40, 40), np.uint8)
        mask[5:25, 5:25] = 1
        Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)).save(
            folder / "images" / f"eye{number}.png"
        )
        Image.fromarray(mask).save(folder / "masks" / f"eye{number}.png")
    broken = folder / "masks" / "eye4.png"
    broken.write_bytes(broken.read_bytes()[:40])
    return folder


def test_help_answers_without_torch():
    code = "from medsam_training.cli import main; main(['prepare', '--help']); main(['--help'])"
    code += "\nimport sys; assert 'torch' not in sys.modules and 'monai' not in sys.modules"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "--min-pixels" in run.stdout


def test_the_table_counts_and_what_is_left_out_is_told(pictures, tmp_path, capsys):
    assert main(["prepare", str(pictures), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    shown = capsys.readouterr()
    assert "9 cases, 9 slices, 1 left out" in shown.out
    assert "eyes" in shown.out and "7/1/1" in shown.out
    assert "left out: eyes/eye4: " in shown.err and "masks/eye4.png: is no PNG, or cut off" in shown.err
    assert (tmp_path / "out" / "contact_sheet.png").stat().st_size > 1000


def test_a_second_call_keeps_what_is_there(pictures, tmp_path, capsys):
    for _ in range(2):
        assert main(["prepare", str(pictures), "-o", str(tmp_path / "out"), "--workers", "1"]) == 0
    assert "9 cases (9 of them before)" in capsys.readouterr().out


def test_a_rule_that_takes_much_is_remarked(pictures, tmp_path, capsys):
    for path in (pictures / "masks").glob("*.png"):
        mask = np.zeros((40, 40), np.uint8)
        mask[5:25, 5:25] = mask[30:39, 30:39] = 1
        Image.fromarray(mask).save(path)
    main(["prepare", str(pictures), "-o", str(tmp_path / "out"), "--workers", "1"])
    assert "note: eyes: the rules for small objects removed 17%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--split", "80/20"], "error: --split: '80/20' is not understood; write 80/10/10"),
        (["--intensity", "ct-sofd"], "error: intensity: 'ct-sofd' is no preset"),
        (["--merge", "1"], "error: --merge: '1' is not understood"),
        (["--workers", "0"], "error: --workers: "),
        (["--min-voxel", "0"], "error: --min-voxel: "),
        (["--group-by", "("], "error: --group-by: is no regular expression"),
    ],
)
def test_a_wrong_option_is_one_line_and_nothing_is_written(pictures, tmp_path, capsys, options, told):
    assert main(["prepare", str(pictures), "--out", str(tmp_path / "out"), *options]) == 2
    shown = capsys.readouterr()
    assert told in shown.err and len(shown.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_source_that_is_not_there_is_one_line(tmp_path, capsys):
    assert main(["prepare", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path / 'nowhere'}: does not exist; check the path\n"
