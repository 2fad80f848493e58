"""The demo network learns in the frame of its prompts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch.utils.data import default_collate

from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.fit.examples import ExampleMaker, TrainingExamples
from medsam_training.fit.region_module import RegionModule
from medsam_training.fit.run import Prepared
from medsam_training.fit.segmentation_module import prompts_of
from medsam_training.fit.training_run import module_of

Run = Callable[..., FitConfig]


def _module(config: FitConfig) -> tuple[RegionModule, dict[str, torch.Tensor]]:
    prepared = Prepared.of(config)
    module = module_of(prepared, 10)
    module.log = lambda *_, **__: None  # there is no Trainer
    maker = ExampleMaker(prepared.start.preset, 64, config.data, config.prompts)
    examples = TrainingExamples(prepared.training, maker, 0, 2)
    return module, default_collate([examples[0], examples[1]])


@pytest.mark.parametrize(
    "changes",
    [
        ["loss.score_weight=0.3"],
        ["prompts.corrections=1", "prompts.correction_share=1"],
        ["prompts.points=1"],
    ],
    ids=lambda changes: ",".join(changes),
)
def test_a_few_steps_on_one_batch_make_the_loss_smaller(a_run: Run, changes: list[str]) -> None:
    module, batch = _module(a_run("demo", "loss.at=region", "loss.alternatives=0.15", *changes))
    optimiser = torch.optim.AdamW(module.network.parameters(), 3e-3)
    losses = []
    for _ in range(25):
        loss = module.training_step(batch, 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_the_masks_offered_for_an_ambiguous_prompt_learn_only_when_asked(a_run: Run) -> None:
    def gradients(weight: float) -> torch.Tensor:
        module, batch = _module(a_run("demo", "loss.at=region", f"loss.alternatives={weight}"))
        module.training_step(batch, 0).backward()
        return module.network.decoder.head.weight.grad.abs().amax((1, 2, 3))

    assert (gradients(0.0)[1:] == 0).all()
    learned = gradients(0.15)
    assert learned[0] > 0 and (learned[1:] > 0).any()


def test_an_empty_truth_pulls_mask_and_score_to_nothing(a_run: Run) -> None:
    module, batch = _module(a_run("demo", "loss.at=region", "loss.score_weight=1.0"))
    batch["truth"] = torch.zeros_like(batch["truth"])
    optimiser = torch.optim.AdamW(module.network.parameters(), 3e-3)
    for _ in range(40):
        loss = module.training_step(batch, 0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        logits, scores = module(batch)
    assert len(prompts_of(batch).labels) == len(scores)
    assert float((logits > 0).float().mean()) < 0.01 and float(scores.max()) < 0.3


def test_only_the_demo_network_has_a_region(a_run: Run) -> None:
    with pytest.raises(OptionError, match="only the demo network has a region"):
        module_of(Prepared.of(a_run("vit_b", "loss.at=region")), 10)


def test_alternatives_need_the_region() -> None:
    with pytest.raises(OptionError, match=r"alternatives needs at=region"):
        read_config(changes=["loss.alternatives=0.1"])


def test_the_committed_configuration_of_the_demo_model_learns_from_no_forbidden_set(data_root: Path) -> None:
    import json

    configs = Path(__file__).resolve().parents[2] / "configs"
    config = read_config(configs / "demo.yaml")
    sets = json.loads((data_root / "manifest.json").read_text(encoding="utf-8"))["sets"]
    assert config.data.shippable and config.loss.at == "region"
    assert all(sets[name]["may_train_shipped_weights"] for name in config.data.mixture.sets)
    assert {*config.data.mixture.validate_on} <= set(sets)
