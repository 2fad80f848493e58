"""A configuration is right, or one line says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from medsam_core.errors import OptionError
from medsam_training.fit.config_file import read_config, write_config
from medsam_training.fit.presets import PRESETS

CONFIGS = Path(__file__).resolve().parents[2] / "configs" / "fit"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("loop.epoch=3", "there is no key 'loop.epoch'; did you mean 'epochs'?"),
        ("lop.epochs=3", "there is no key 'lop'; did you mean 'loop'?"),
        ("epochs=3", "there is no key 'epochs'; did you mean 'loop.epochs'?"),
        ("strategy.compnents=decoder", "did you mean 'components'?"),
        ("loop.epochs=ten", "loop.epochs: Input should be a valid integer (it is 'ten')"),
        ("loop.epochs=0", "loop.epochs: Input should be greater than or equal to 1"),
        ("loop.epochs=2.5", "loop.epochs: "),
        ("data.augment=1", "data.augment: Input should be a valid boolean"),
        ("strategy.method=loar", "strategy.method: Input should be 'vanilla', 'adapter' or 'lora'"),
        ("loop=3", "loop: is not a table of keys"),
        ("loop.epochs", "'loop.epochs' is not key=value"),
        ("prompts={box: 0}", "nothing would be shown"),
    ],
)
def test_a_wrong_key_or_value_is_named(change: str, said: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_config(changes=[change])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_typo_in_a_file_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("loop: {epochs: 3, patiense: 4}\n")
    with pytest.raises(
        OptionError, match=r"run\.yaml: there is no key 'loop\.patiense'; did you mean 'patience'"
    ):
        read_config(path)


@pytest.mark.parametrize(
    "text", ["a: [", "- 1\n- 2", "just words", "!!python/object/apply:os.system ['true']"]
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(text)
    with pytest.raises(OptionError):
        read_config(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="cannot be read"):
        read_config(tmp_path / "none.yaml")


def test_an_unknown_preset_is_named_with_the_nearest() -> None:
    with pytest.raises(OptionError, match="did you mean 'medsam'"):
        read_config(preset="medsma")


def test_later_words_overrule_earlier_ones(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("preset: lora\noptimiser: {rate: 2e-4}\nstrategy: {rank: 8}\n")
    config = read_config(path, changes=["strategy.rank=16", "optimiser.decay=1e-2"], out="somewhere")
    assert (config.strategy.method, config.strategy.rank) == ("lora", 16)
    assert (config.optimiser.rate, config.optimiser.decay) == (2e-4, 1e-2)
    assert config.optimiser.schedule == "polynomial"
    assert config.out == "somewhere"


def test_a_losss_options_are_replaced_as_a_whole() -> None:
    assert read_config(changes=["loss.name=DiceLoss", "loss.options={}"]).loss.options == {}


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_written_alone_repeats_the_run(tmp_path: Path, name: str) -> None:
    config = read_config(preset=name, data_set="here", out="there")
    write_config(config, tmp_path / "config.yaml")
    assert read_config(tmp_path / "config.yaml") == config


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda p: p.name)
def test_the_configurations_that_ship_are_right(path: Path) -> None:
    assert read_config(path).strategy.start
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["preset"] in PRESETS
