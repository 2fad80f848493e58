"""`models list | info | fetch | convert` from words to files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from medsam_core.cli import main
from medsam_core.resources import resource_path


def test_the_list_names_every_model(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    out = capfd.readouterr().out
    assert all(
        name in out for name in ("demo", "medsam", "litemedsam", "vit_b", "vit_l", "vit_h", "mobile_sam")
    )


def test_info_tells_what_a_checkpoint_is(capfd: pytest.CaptureFixture[str]) -> None:
    path = resource_path("Models/demo.safetensors")
    assert main(["models", "info", str(path), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert told["preset"] == "demo" and told["image_size"] == 256 and told["parameters"] > 1_000_000
    assert main(["models", "info", "demo"]) == 0
    shown = capfd.readouterr().out
    assert told["sha256"] in shown
    assert f"training:       {told['training']['steps']:,} steps; " in shown
    assert not any(sign in shown for sign in ("[", "'", "{", "False", "True"))


def test_a_mirror_on_the_own_disk_will_do(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = resource_path("Models/demo.safetensors")
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    line = ["models", "fetch", "litemedsam", "--url", source.as_uri(), "--folder", str(tmp_path)]
    assert main([*line, "--sha256", sha256]) == 0
    fetched = Path(capfd.readouterr().out.strip())
    assert fetched.parent == tmp_path and fetched.read_bytes() == source.read_bytes()


def test_a_fetched_file_that_differs_is_not_kept(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = resource_path("Models/demo.safetensors")
    line = ["models", "fetch", "litemedsam", "--url", source.as_uri(), "--folder", str(tmp_path)]
    assert main([*line, "--sha256", "0" * 64]) == 2
    assert capfd.readouterr().err.startswith("error: ")
    assert [p for p in tmp_path.iterdir() if p.suffix in {".pth", ".safetensors"}] == []


def test_convert_copies_our_own_file_weight_by_weight(tmp_path: Path) -> None:
    target = tmp_path / "copy.safetensors"
    assert main(["models", "convert", str(resource_path("Models/demo.safetensors")), str(target)]) == 0
    assert target.stat().st_size > 1_000_000
    assert main(["models", "convert", str(target), str(target)]) == 2
