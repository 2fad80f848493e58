"""MobileSAM: a TinyViT of 1024-pixel images, with a classification head that nothing uses."""

from __future__ import annotations

from pathlib import Path

import layouts
import torch

from medsam_core.checkpoints import open_checkpoint


def test_its_weights_arrive_without_the_classification_head(tmp_path: Path) -> None:
    loaded = open_checkpoint(layouts.saved(layouts.mobile_sam(), tmp_path / "mobile_sam.pt"))
    layouts.assert_same_weights(loaded.network, layouts.plain(layouts.SMALL_TINY_VIT))
    assert (loaded.info.format, loaded.info.preset, loaded.info.image_size) == ("MobileSAM", "sam", 1024)
    assert any("image_encoder.head" in note for note in loaded.info.notes)


def test_counters_of_training_steps_may_be_absent(tmp_path: Path) -> None:
    weights = {n: t for n, t in layouts.mobile_sam().items() if not n.endswith("num_batches_tracked")}
    network = open_checkpoint(layouts.saved(weights, tmp_path / "a.pt")).network
    name = "image_encoder.patch_embed.seq.0.bn.running_var"
    assert torch.equal(network.state_dict()[name], weights[name])
