"""The keys of a specialist's training."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import OptionError
from medsam_training.compare.specialist_config import SpecialistConfig, read_specialists
from medsam_training.fit.config_file import read_config, read_config_of, write_config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("prompts.points=1", "understands one box and nothing else"),
        ("prompts.corrections=2", "understands one box and nothing else"),
        ("prompts.mode=classes", "understands one box and nothing else"),
        ("loss.score_weight=0.2", "has no score"),
        ("data.cache_embeddings=always", r"data.cache_embeddings: Input should be 'never'"),
        ("loop.devices=2", "loop.devices: Input should be 1"),
        ("network.widht=8", "there is no key 'network.widht'; did you mean 'width'"),
        ("rate=1e-3", "did you mean 'optimiser.rate'"),
        ("strategy.method=lora", "there is no key 'strategy'"),
    ],
)
def test_what_a_specialist_cannot_do_is_told_in_one_line(change: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read_config_of(SpecialistConfig, changes=[change])


def test_a_section_that_is_changed_keeps_the_specialist_s_other_values() -> None:
    config = read_config_of(SpecialistConfig, changes=["loop.epochs=3", "data.augment=false"])
    assert (config.loop.epochs, config.loop.batch, config.loop.devices) == (3, 8, 1)
    assert config.data.cache_embeddings == "never"


def test_it_shows_the_boxes_that_fine_tuning_shows() -> None:
    assert SpecialistConfig().prompts == read_config().prompts


def test_a_written_configuration_is_read_again(tmp_path) -> None:
    config = read_config_of(SpecialistConfig, changes=["network.kind=deeplabv3plus", "loop.epochs=3"])
    write_config(config, tmp_path / "config.yaml")
    assert read_config_of(SpecialistConfig, tmp_path / "config.yaml") == config


def test_a_kind_has_its_own_width() -> None:
    unet, deeplab = (
        read_config_of(SpecialistConfig, changes=[f"network.kind={kind}"]).network
        for kind in ("unet", "deeplabv3plus")
    )
    assert (unet.channels, deeplab.channels) == (32, 64)


def test_a_file_holds_the_keys_and_options_win_over_it(tmp_path) -> None:
    path = tmp_path / "u.yaml"
    path.write_text("loop: {epochs: 7, batch: 3}\nnetwork: {width: 16}\n")
    one, other = read_specialists(("unet", "deeplabv3plus"), "data", ["loop.batch=5"], path=path, size=64)
    assert [config.network.kind for config in (one, other)] == ["unet", "deeplabv3plus"]
    assert [config.name for config in (one, other)] == ["U-Net", "DeepLabV3+"]
    assert one.loop.epochs == 7 and one.loop.batch == 5
    assert (one.network.width, one.network.image_size) == (16, 64)


def test_the_demo_s_u_net_learns_from_what_the_demo_learns_from_and_nothing_painted() -> None:
    configs = Path(__file__).parents[2] / "configs"
    (config,) = read_specialists(("unet",), "data", path=configs / "demo_unet.yaml")
    demo = read_config(configs / "demo.yaml")
    assert config.data.mixture.sets == demo.data.mixture.sets
    assert config.data.shippable and config.data.mixture.painted == config.data.mixture.carried == 0
