"""Hugging Face's SamModel: the same weights under other names."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import layouts
import pytest

from medsam_core.checkpoints import inspect_checkpoint, open_checkpoint
from medsam_core.errors import CheckpointError


@pytest.mark.parametrize("both_positions", [False, True])
def test_a_folder_gives_the_same_weights_as_sam_s_own_file(tmp_path: Path, both_positions: bool) -> None:
    weights = layouts.plain()
    folder = layouts.hugging_face_folder(weights, tmp_path / "sam-vit-base", both_positions=both_positions)
    loaded = open_checkpoint(folder)
    layouts.assert_same_weights(loaded.network, weights)
    assert (loaded.info.format, loaded.info.preset) == ("Hugging Face SamModel", "hf_sam")
    assert loaded.info.name == "sam-vit-base"


def test_the_file_in_the_folder_can_be_given_too(tmp_path: Path) -> None:
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "model")
    assert inspect_checkpoint(folder / "model.safetensors").sha256 == inspect_checkpoint(folder).sha256


def test_a_folder_with_a_torch_file_is_read_too(tmp_path: Path) -> None:
    weights = layouts.plain()
    folder = layouts.hugging_face_folder(weights, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    renamed = {layouts.hugging_face_name(name): value for name, value in weights.items()}
    layouts.saved(renamed, folder / "pytorch_model.bin")
    layouts.assert_same_weights(open_checkpoint(folder).network, weights)


def test_medsam_is_told_by_its_name_and_prepared_as_it_was_trained(tmp_path: Path) -> None:
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "medsam-vit-base")
    info = inspect_checkpoint(folder)
    assert info.preset == "medsam" and not info.score_is_trained
    assert any("name" in note for note in info.notes)


def test_without_config_json_the_weights_tell_the_sizes(tmp_path: Path) -> None:
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "model")
    (folder / "config.json").unlink()
    info = inspect_checkpoint(folder / "model.safetensors")
    assert info.image_size == 64 and any("config.json" in note for note in info.notes)


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("vision_config", "num_attention_heads", 4),
        ("vision_config", "global_attn_indexes", [0]),
        ("vision_config", "image_size", 128),
        ("vision_config", "window_size", 14),
        ("vision_config", "patch_size", 8),
        ("vision_config", "hidden_act", "relu"),
        ("vision_config", "use_rel_pos", False),
        ("mask_decoder_config", "num_multimask_outputs", 4),
        ("mask_decoder_config", "num_attention_heads", 4),
    ],
)
def test_a_config_that_contradicts_the_weights_is_refused(
    tmp_path: Path, part: str, field: str, value: Any
) -> None:
    config = copy.deepcopy(layouts.HUGGING_FACE_CONFIG)
    config[part][field] = value
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "model", config=config)
    with pytest.raises(CheckpointError, match=rf"config\.json: says {part}\.{field}"):
        inspect_checkpoint(folder)


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "sam2"},
        {"model_type": "sam_hq"},
        {"vision_config": 3},
        {"vision_config": {"image_size": 10**12}},
        {"vision_config": {"image_size": "large"}},
        {"model_type": "x" * 1000},
    ],
)
def test_a_config_of_something_else_is_one_line(tmp_path: Path, config: dict[str, Any]) -> None:
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "model", config=config)
    with pytest.raises(CheckpointError) as caught:
        inspect_checkpoint(folder)
    assert "\n" not in str(caught.value)


def test_two_tables_that_should_be_one_must_agree(tmp_path: Path) -> None:
    weights = {layouts.hugging_face_name(n): t for n, t in layouts.plain().items()}
    inner = "prompt_encoder.shared_embedding.positional_embedding"
    weights["shared_image_embedding.positional_embedding"] = weights[inner] + 1
    with pytest.raises(CheckpointError, match="two different weights"):
        inspect_checkpoint(layouts.saved(weights, tmp_path / "a.bin"))


def test_a_model_cut_into_several_files_is_refused(tmp_path: Path) -> None:
    folder = layouts.hugging_face_folder(layouts.plain(), tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {}}))
    with pytest.raises(CheckpointError, match="several files"):
        inspect_checkpoint(folder)


def test_names_match_a_second_time_after_renaming_back() -> None:
    names = {layouts.hugging_face_name(name) for name in layouts.plain()}
    assert len(names) == len(layouts.plain()), "the helper itself must not merge two names"
