"""Where a run starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import medsam_core as medsam
from medsam_core.checkpoints.loaded_checkpoint import inspect_checkpoint
from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.export_model import header_of
from medsam_training.fit.run import Prepared, fit
from medsam_training.fit.start import start_of

Run = Callable[..., FitConfig]
CLASSES = ("prompts.mode=classes", "strategy.preset=finetune_sam", "data.augment=true")


def test_a_network_with_classes_copies_what_sam_knew(a_run: Run) -> None:
    start = start_of(a_run("vit_b", *CLASSES), ["bar", "disc"])
    assert start.class_names == ("background", "bar", "disc")
    assert start.architecture.mask_tokens == 4  # finetune-SAM throws the first one away
    tokens = start.network.mask_decoder.mask_tokens.weight
    assert torch.equal(tokens, tokens[:1].repeat(4, 1))


@pytest.mark.parametrize("method", ["vanilla", "lora"])
def test_a_multi_class_run_is_used_by_the_engine_without_a_prompt(a_run: Run, method: str) -> None:
    config = a_run(
        "vit_b",
        *CLASSES,
        f"strategy.method={method}",
        "loop.epochs=3",
        "loop.steps_per_epoch=5",
        "loop.batch=4",
        "optimiser.rate=3e-3",
        "optimiser.warmup_steps=0",
    )
    folder = fit(config)
    model = medsam.load_model(folder.best, device="cpu", precision="fp32", backend="torch")
    assert model.info.class_names == ("background", "bar", "disc")
    pool = Prepared.of(config).validation
    predictor = medsam.Predictor(model)
    found = predictor.predict(predictor.embed(pool.image_yx(0)))
    assert found.class_labels.shape == (1, 40, 52)
    rows = folder.history.read_text(encoding="utf-8").splitlines()
    assert float(rows[-1].split(",")[3]) < float(rows[2].split(",")[3])  # the loss fell


def test_new_class_weights_train_whatever_the_method(a_run: Run) -> None:
    prepared = Prepared.of(a_run("vit_b", *CLASSES, "strategy.method=lora", "strategy.components=encoder"))
    trained = {name for name, p in prepared.network.named_parameters() if p.requires_grad}
    assert "mask_decoder.mask_tokens.weight" in trained
    assert "mask_decoder.output_hypernetworks_mlps.3.layers.2.bias" in trained


def test_a_licence_goes_on_to_what_was_learned_from_it(a_run: Run) -> None:
    shipped = inspect_checkpoint("demo").licence
    assert shipped
    for changes, licence in (((), shipped), (("licence=MIT",), "MIT")):
        config = a_run("demo", "strategy.start=demo", *changes)
        prepared = Prepared.of(config)
        row = {"validation_dice": 0.5, "epoch": 1, "steps": 2}
        assert header_of(config, prepared.start, prepared.network, prepared.training, row).licence == licence


def test_another_image_size_stretches_the_tables(a_run: Run) -> None:
    start = start_of(a_run("vit_b", "strategy.image_size=96"), [])
    assert start.preset.image_size == start.network.image_size == 96
    assert start.network.image_encoder.pos_embed.shape[1:3] == (6, 6)


def test_random_weights_are_the_seeds(a_run: Run) -> None:
    def first(seed: int) -> np.ndarray:
        random = ["strategy.start=random", "strategy.backbone=demo", f"loop.seed={seed}"]
        return next(start_of(a_run("demo", *random), []).network.parameters()).detach().numpy()

    assert np.array_equal(first(1), first(1))
    assert not np.array_equal(first(1), first(2))


@pytest.mark.parametrize(
    ("backbone", "changes", "said"),
    [
        ("vit_b", ["strategy.start=random"], "strategy.backbone: is needed"),
        ("vit_b", ["strategy.backbone=demo"], "is a tiny, not a demo"),
        ("vit_t", ["strategy.backbone=vit_b"], "not a vit_b"),
        ("demo", ["strategy.image_size=128"], "the demo network is made for 64 pixels"),
        ("vit_b", ["strategy.image_size=100"], "100 is not a multiple of 16"),
        ("demo", ["prompts.mode=classes"], "the demo network has no classes"),
        ("vit_b", ["prompts.mode=classes"], "medsam asks for a prompt, and there is none"),
    ],
)
def test_what_does_not_go_together_is_said(a_run: Run, backbone: str, changes: list[str], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        start_of(a_run(backbone, *changes), ["bar"])


def test_data_and_folder_must_be_given(a_run: Run) -> None:
    with pytest.raises(OptionError, match="out: is not set"):
        fit(a_run("vit_b", out=""))


def test_lora_on_top_of_adapters_is_refused(a_run: Run) -> None:
    with pytest.raises(OptionError, match="already"):
        fit(a_run("vit_b", *_on_adapters(a_run)))


def _on_adapters(a_run: Run) -> list[str]:
    config = a_run("vit_b", "strategy.method=adapter", "loop.epochs=1")
    first = fit(config.model_copy(update={"out": config.out + "_adapters"}))
    return [f"strategy.start={first.best}", "strategy.method=lora"]
