"""Whole runs, from a starting checkpoint to a file that the engine uses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import medsam_core as medsam
from medsam_core.inference.image_frame import ImageFrame
from medsam_core.inference.postprocess import masks_from_logits
from medsam_core.models.network import PromptTensors
from medsam_training.fit.config import FitConfig
from medsam_training.fit.examples import ExampleMaker, ValidationExamples
from medsam_training.fit.prompt_simulation import box_of
from medsam_training.fit.run import Prepared, fit

Run = Callable[..., FitConfig]

COMBINATIONS = [
    (backbone, components, method)
    for backbone in ("vit_b", "vit_h", "vit_t")
    for components in ("decoder", "encoder+decoder")
    for method in ("vanilla", "adapter", "lora")
]
MORE = [("vit_b", "encoder", method) for method in ("vanilla", "adapter", "lora")]
MORE += [
    ("demo", components, method)
    for components in ("decoder", "encoder", "encoder+decoder")
    for method in ("vanilla", "adapter", "lora")
]


@pytest.mark.parametrize(("backbone", "components", "method"), COMBINATIONS + MORE)
def test_every_combination_trains_and_predicts_in_the_engine_as_it_did_in_training(
    a_run: Run, backbone: str, components: str, method: str
) -> None:
    config = a_run(
        backbone,
        f"strategy.components={components}",
        f"strategy.method={method}",
        "optimiser.warmup_steps=0",
        "optimiser.rate=3e-3",
        "data.cache_embeddings=never",
        "prompts.inward=0",
        "prompts.outward=0",
    )
    folder = fit(config)
    prepared = Prepared.of(config)
    state = torch.load(folder.last, weights_only=True)["state_dict"]
    before = {name: tensor.clone() for name, tensor in prepared.network.state_dict().items()}
    live = {
        name.removeprefix("network."): tensor for name, tensor in state.items() if name.startswith("network.")
    }
    prepared.network.load_state_dict(live, strict=False)
    trained = {name for name, p in prepared.network.named_parameters() if p.requires_grad}
    assert any(not torch.equal(before[name], live[name]) for name in trained)

    path = prepared.export({"epoch": 2, "steps": 2, "validation_dice": 0.5}, folder.path / "last.safetensors")
    predictor = medsam.Predictor(medsam.load_model(path, device="cpu", precision="fp32", backend="torch"))
    maker = ExampleMaker(prepared.start.preset, prepared.network.low_resolution, config.data, config.prompts)
    examples = ValidationExamples(prepared.validation, maker, config.loop.seed)
    for place in (0, 3):
        _same_answer(prepared, predictor, examples, place)


def _same_answer(
    prepared: Prepared, predictor: medsam.Predictor, examples: ValidationExamples, place: int
) -> None:
    example = examples[place]
    with torch.no_grad():
        features = prepared.network.encode(example["image"][None])
        prompts = PromptTensors(example["points_xy"], example["labels"])
        logits, _ = prepared.network.decode(features, prompts)
    boxes = [box_of(mask) for mask in example["full"].numpy()]
    found = predictor.predict(predictor.embed(prepared.validation.image_yx(place)), boxes_xyxy=boxes)
    spread = float(logits.abs().max())
    np.testing.assert_allclose(found.logits, logits.numpy(), atol=2e-5 * spread, rtol=0)
    frame = ImageFrame.of(example["full"].shape[1:], prepared.start.preset)
    masks = masks_from_logits(logits.numpy(), frame, prepared.start.preset.output)
    assert np.array_equal(found.masks, masks.masks)
