"""SAMed: a difference that is put onto the SAM it was trained on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import layouts
import pytest
import torch
from unmerged import prediction, put_beside

from medsam_core.checkpoints import inspect_checkpoint, open_checkpoint
from medsam_core.errors import CheckpointError
from medsam_core.models.position_tables import resize_position_tables
from medsam_core.models.registry import architecture_of, build_network

LARGE = dataclasses.replace(layouts.SMALL_VIT, image_size=1024, window_size=14)
SHORT = {"self_attn": "sa", "cross_attn_token_to_image": "cti", "cross_attn_image_to_token": "cit"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return layouts.saved(layouts.plain(LARGE), tmp_path / "base.pth")


def test_without_its_base_it_is_described_and_not_opened(tmp_path: Path) -> None:
    path = layouts.saved(layouts.samed(layouts.plain()), tmp_path / "epoch_159.pth")
    info = inspect_checkpoint(path)
    assert info.needs_base and info.format == "SAMed" and info.architecture is None
    assert any("needs the SAM checkpoint" in note for note in info.notes)
    assert info.class_names[0] == "background" and len(info.class_names) == 9
    with pytest.raises(CheckpointError, match="base"):
        open_checkpoint(path)


@pytest.mark.parametrize("decoder_lora", [False, True])
def test_on_its_base_it_predicts_what_the_updates_beside_the_weights_did(
    tmp_path: Path, base: Path, decoder_lora: bool
) -> None:
    plain = layouts.plain(LARGE)
    file = layouts.samed(plain, decoder_lora=decoder_lora)
    expected = prediction(_as_trained(plain, file))
    loaded = open_checkpoint(layouts.saved(file, tmp_path / "epoch_159.pth"), base=base)
    assert (loaded.info.preset, loaded.info.image_size) == ("samed", 512)
    assert expected.shape[1] == 9, "all tokens are classes"
    torch.testing.assert_close(prediction(loaded.network), expected, rtol=1e-4, atol=1e-4)


def _as_trained(plain: layouts.Weights, file: layouts.Weights) -> torch.nn.Module:
    """SAMed's network: the base at 512 pixels, its own decoder, the updates beside the weights."""
    weights = resize_position_tables(plain, 512)
    weights = {n: t for n, t in weights.items() if "output_hypernetworks_mlps" not in n}
    weights |= {n: t for n, t in file.items() if n.startswith(("prompt_encoder.", "mask_decoder."))}
    network = build_network(dataclasses.replace(architecture_of(weights), class_tokens=True))
    network.load_state_dict(weights)

    def fused(place: str, letter: str):
        number = f"{2 * int(place.split('.')[2]) + (letter == 'v'):03d}"
        return file[f"w_a_{number}"], file[f"w_b_{number}"]

    return put_beside(network, weights, fused, lambda place: _decoder_pair(file, place))


def _decoder_pair(file: layouts.Weights, place: str):
    if "fati_qa" not in file:
        return None
    letter = place.rpartition(".")[2][0]
    if "final_attn" in place:
        return file[f"fati_{letter}a"], file[f"fati_{letter}b"]
    _, _, _, layer, attention, _ = place.split(".")
    short = SHORT[attention]
    number = f"{2 * int(layer) + (letter == 'v'):03d}"
    return file[f"{short}_a_{number}"], file[f"{short}_b_{number}"]


def test_another_base_is_another_network(tmp_path: Path, base: Path) -> None:
    path = layouts.saved(layouts.samed(layouts.plain(LARGE)), tmp_path / "epoch_159.pth")
    other = layouts.saved(layouts.plain(LARGE, seed=1), tmp_path / "other.pth")
    first, second = inspect_checkpoint(path, base=base), inspect_checkpoint(path, base=other)
    assert first.sha256 == second.sha256 and first.identity != second.identity


def test_a_base_that_does_not_fit_is_one_line(tmp_path: Path) -> None:
    path = layouts.saved(layouts.samed(layouts.plain(LARGE)), tmp_path / "epoch_159.pth")
    shallow = layouts.saved(layouts.plain(dataclasses.replace(LARGE, depth=2)), tmp_path / "shallow.pth")
    wide = layouts.saved(layouts.plain(dataclasses.replace(LARGE, embed_dim=48)), tmp_path / "wide.pth")
    for base in (shallow, wide, path):
        with pytest.raises(CheckpointError) as caught:
            open_checkpoint(path, base=base)
        assert "\n" not in str(caught.value)


def test_half_of_a_pair_is_noticed(tmp_path: Path, base: Path) -> None:
    file = layouts.samed(layouts.plain(LARGE))
    del file["w_b_003"]
    with pytest.raises(CheckpointError, match="absent"):
        open_checkpoint(layouts.saved(file, tmp_path / "a.pth"), base=base)


def test_a_base_given_to_a_whole_network_changes_nothing(tmp_path: Path, base: Path) -> None:
    path = layouts.saved(layouts.plain(), tmp_path / "whole.pth")
    assert inspect_checkpoint(path, base=base).identity == inspect_checkpoint(path).identity
