"""What trains, at full size."""

from __future__ import annotations

import pytest
import torch

from medsam_core.errors import OptionError
from medsam_core.inference.presets import PRESETS
from medsam_core.models.architecture import ARCHITECTURES
from medsam_core.models.peft import is_part
from medsam_core.models.registry import build_network
from medsam_training.fit.config import Strategy
from medsam_training.fit.start import Start
from medsam_training.fit.strategy import count_weights, trained_network, trains_encoder

DECODER_WEIGHTS = 4_058_340
NETWORKS = {"vit_b": "vit_b", "vit_l": "vit_l", "vit_h": "vit_h", "vit_t": "mobile_sam"}


def start_at_full_size(name: str) -> Start:
    """Without memory for its weights."""
    architecture = ARCHITECTURES[name]
    with torch.device("meta"):
        return Start(build_network(architecture), architecture, PRESETS["sam"], (), "nowhere", False)


@pytest.mark.parametrize("backbone", NETWORKS)
@pytest.mark.parametrize("components", ["decoder", "encoder", "encoder+decoder"])
@pytest.mark.parametrize("method", ["vanilla", "adapter", "lora"])
def test_exactly_what_was_asked_for_trains(backbone: str, components: str, method: str) -> None:
    start = start_at_full_size(NETWORKS[backbone])
    with torch.device("meta"):
        network, architecture = trained_network(start, Strategy(components=components, method=method), seed=0)
    trained = {name for name, p in network.named_parameters() if p.requires_grad}
    parts = {name for name, _ in network.named_parameters() if is_part(name)}
    assert any(n.startswith("image_encoder.") for n in trained) == ("encoder" in components)
    assert any(n.startswith("mask_decoder.") for n in trained) == ("decoder" in components)
    assert not any(n.startswith("prompt_encoder.") for n in trained)
    assert trains_encoder(network) == ("encoder" in components)
    assert (trained == parts) if method != "vanilla" else not parts
    assert (architecture.peft is None) == (method == "vanilla")
    count, total = count_weights(network)
    if (components, method) == ("decoder", "vanilla"):
        assert count == DECODER_WEIGHTS
    if method != "vanilla":
        assert count < 0.16 * total


def test_vit_b_with_lora_of_rank_4_has_147_thousand_weights_in_the_encoder() -> None:
    with torch.device("meta"):
        network, _ = trained_network(
            start_at_full_size("vit_b"), Strategy(components="encoder", method="lora"), 0
        )
    assert count_weights(network)[0] == 12 * 2 * 2 * 4 * 768


@pytest.mark.parametrize(
    ("blocks", "expected"), [("all", tuple(range(12))), ("ends", (0, 1, 10, 11)), ([3, 1, 3], (1, 3))]
)
def test_blocks_are_chosen_by_word_or_number(blocks: object, expected: tuple[int, ...]) -> None:
    with torch.device("meta"):
        _, architecture = trained_network(
            start_at_full_size("vit_b"), Strategy(method="adapter", blocks=blocks), 0
        )
    assert architecture.peft.encoder_blocks == expected


def test_a_block_that_is_not_there_is_named() -> None:
    with torch.device("meta"), pytest.raises(OptionError, match="there is no block 12; count from 0 to 11"):
        trained_network(start_at_full_size("vit_b"), Strategy(method="lora", blocks=[12]), 0)


def test_further_weights_train_when_they_are_named() -> None:
    strategy = Strategy(components="encoder", method="lora", also=["mask_decoder.", "prompt_encoder."])
    with torch.device("meta"):
        network, _ = trained_network(start_at_full_size("vit_b"), strategy, 0)
    trained = {name.split(".")[0] for name, p in network.named_parameters() if p.requires_grad}
    assert trained == {"image_encoder", "mask_decoder", "prompt_encoder"}


@pytest.mark.parametrize("components", ["decoder", "encoder", "encoder+decoder"])
def test_adapters_beside_the_demo_networks_blocks_are_all_that_trains(components: str) -> None:
    start = start_at_full_size("demo")
    with torch.device("meta"):
        network, architecture = trained_network(start, Strategy(components=components, method="adapter"), 0)
    trained = {name for name, p in network.named_parameters() if p.requires_grad}
    assert trained == {name for name, _ in network.named_parameters() if is_part(name)}
    assert {name.split(".")[0] for name in trained} == set(components.split("+"))
    assert count_weights(network)[0] < 0.1 * count_weights(network)[1]
    with pytest.raises(OptionError, match="has adapter parts already"):
        again = Start(network, architecture, start.preset, (), "nowhere", False)
        trained_network(again, Strategy(method="lora"), 0)


def test_every_process_draws_the_same_parts() -> None:
    from testkit.tiny_models import a_tiny_architecture

    def drawn() -> dict[str, torch.Tensor]:
        torch.manual_seed(3)
        architecture = a_tiny_architecture()
        start = Start(build_network(architecture), architecture, PRESETS["sam"], (), "nowhere", False)
        torch.manual_seed(torch.seed())
        return trained_network(start, Strategy(method="lora"), 5)[0].state_dict()

    one, other = drawn(), drawn()
    assert all(torch.equal(one[name], other[name]) for name in one)
