"""Our own file says all that is needed to use it; a stranger's header is not believed unchecked."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import layouts
import pytest
from safetensors.torch import save_file

from medsam_core.checkpoints import open_checkpoint
from medsam_core.checkpoints.own import METADATA_KEY, OwnHeader, write_own
from medsam_core.errors import CheckpointError, OutputError
from medsam_core.models.architecture import PeftSpec

HEADER = OwnHeader(
    name="my liver",
    architecture=layouts.SMALL_VIT,
    preset="medsam",
    class_names=("background", "liver"),
    licence="CC-BY-4.0",
    score_is_trained=True,
    training={"sets": ["a", "b"], "steps": 100, "note": "größer"},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    weights = layouts.plain()
    loaded = open_checkpoint(write_own(weights, tmp_path / "a.safetensors", HEADER))
    layouts.assert_same_weights(loaded.network, weights)
    assert OwnHeader.from_info(loaded.info) == HEADER


def test_a_network_is_written_as_its_state_dict(tmp_path: Path) -> None:
    first = open_checkpoint(write_own(layouts.plain(), tmp_path / "a.safetensors", HEADER))
    second = write_own(first.network, tmp_path / "b.safetensors", first.info)
    assert second.read_bytes() == (tmp_path / "a.safetensors").read_bytes()


def test_half_precision_rounds_and_halves(tmp_path: Path) -> None:
    weights = layouts.plain()
    whole = write_own(weights, tmp_path / "a.safetensors", HEADER)
    half = write_own(weights, tmp_path / "b.safetensors", HEADER, half=True)
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    rounded = {name: value.half().float() for name, value in weights.items()}
    layouts.assert_same_weights(open_checkpoint(half).network, rounded)


def test_half_precision_is_refused_where_a_weight_would_become_infinite(tmp_path: Path) -> None:
    weights = layouts.plain()
    weights["image_encoder.neck.0.weight"] = weights["image_encoder.neck.0.weight"] + 1e6
    with pytest.raises(CheckpointError, match="not numbers"):
        write_own(weights, tmp_path / "a.safetensors", HEADER, half=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["lora", "adapter"])
def test_separate_parts_are_kept(tmp_path: Path, kind: str) -> None:
    decoder = (0, 1, -1) if kind == "lora" else (0, 1)
    peft = PeftSpec(kind=kind, encoder_blocks=(0, 1), decoder_layers=decoder)
    header = dataclasses.replace(HEADER, architecture=dataclasses.replace(layouts.SMALL_VIT, peft=peft))
    weights = layouts.plain(header.architecture)
    loaded = open_checkpoint(write_own(weights, tmp_path / "a.safetensors", header))
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.architecture == header.architecture


def test_weights_that_do_not_fit_are_not_written(tmp_path: Path) -> None:
    weights = layouts.plain()
    del weights["image_encoder.pos_embed"]
    with pytest.raises(CheckpointError, match="lacks 1 weights"):
        write_own(weights, tmp_path / "a.safetensors", HEADER)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"mine")
    with pytest.raises(OutputError):
        write_own(layouts.plain(), path, HEADER)
    assert path.read_bytes() == b"mine"
    write_own(layouts.plain(), path, HEADER, overwrite=True)
    assert open_checkpoint(path).info.name == "my liver"


def test_a_lightning_checkpoint_may_carry_the_same_header(tmp_path: Path) -> None:
    weights = layouts.plain()
    path = layouts.lightning_file(weights, tmp_path / "last.ckpt", medsam=HEADER.to_json_text())
    loaded = open_checkpoint(path)
    layouts.assert_same_weights(loaded.network, weights)
    assert (loaded.info.format, loaded.info.preset, loaded.info.name) == (
        "medsam-slicer",
        "medsam",
        "my liver",
    )


def _with_header(folder: Path, text: str) -> Path:
    save_file(layouts.plain(), folder / "a.safetensors", metadata={METADATA_KEY: text})
    return folder / "a.safetensors"


GOOD: dict[str, Any] = json.loads(HEADER.to_json_text())
BAD_HEADERS: dict[str, Any] = {
    "not JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "large": '{"name": "' + "x" * (2 << 20) + '"}',
    "empty": {},
    "a later version": GOOD | {"format": 2},
    "no architecture": {k: v for k, v in GOOD.items() if k != "architecture"},
    "an architecture of text": GOOD | {"architecture": "vit_b"},
    "an unknown family": GOOD | {"architecture": GOOD["architecture"] | {"family": "resnet"}},
    "an endless network": GOOD | {"architecture": GOOD["architecture"] | {"depth": 10**9}},
    "a huge image": GOOD | {"architecture": GOOD["architecture"] | {"image_size": 2**40}},
    "an unknown field of the architecture": GOOD | {"architecture": GOOD["architecture"] | {"x": 1}},
    "an unknown preset": GOOD | {"preset": "mine"},
    "a preset of numbers": GOOD | {"preset": 3},
    "no name": GOOD | {"name": ""},
    "a long name": GOOD | {"name": "x" * 500},
    "too many classes": GOOD | {"class_names": ["x"] * 1000},
    "classes of numbers": GOOD | {"class_names": [1, 2]},
    "another architecture than the weights'": GOOD | {"architecture": GOOD["architecture"] | {"depth": 2}},
}


@pytest.mark.parametrize("header", BAD_HEADERS.values(), ids=BAD_HEADERS)
def test_a_bad_header_is_one_line(tmp_path: Path, header: Any) -> None:
    path = _with_header(tmp_path, header if isinstance(header, str) else json.dumps(header))
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(path)
    line = str(caught.value)
    assert str(path) in line and "\n" not in line and len(line) < 500


def test_fields_that_a_later_program_adds_are_ignored(tmp_path: Path) -> None:
    path = _with_header(tmp_path, json.dumps(GOOD | {"new": 1}))
    assert open_checkpoint(path).info.name == "my liver"


def test_an_unknown_preset_can_be_replaced(tmp_path: Path) -> None:
    path = _with_header(tmp_path, json.dumps(GOOD | {"preset": "mine"}))
    assert open_checkpoint(path, preset="sam").info.preset == "sam"


def test_safetensors_without_our_header_are_told_by_their_names(tmp_path: Path) -> None:
    save_file(layouts.plain(), tmp_path / "a.safetensors", metadata={"format": "pt"})
    assert open_checkpoint(tmp_path / "a.safetensors").info.format == "segment-anything"
