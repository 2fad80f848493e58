"""LiteMedSAM: a TinyViT of 256-pixel images."""

from __future__ import annotations

from pathlib import Path

import layouts

from medsam_core.checkpoints import open_checkpoint


def test_plain_weights_are_told_from_mobile_sam_by_the_first_convolution(tmp_path: Path) -> None:
    weights = layouts.plain(layouts.SMALL_LITE)
    loaded = open_checkpoint(layouts.saved(weights, tmp_path / "lite_medsam.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert (loaded.info.format, loaded.info.preset, loaded.info.image_size) == (
        "LiteMedSAM",
        "litemedsam",
        256,
    )


def test_a_training_file_gives_its_network_alone(tmp_path: Path) -> None:
    weights = layouts.plain(layouts.SMALL_LITE)
    loaded = open_checkpoint(layouts.litemedsam_training_file(weights, tmp_path / "medsam_lite_best.pth"))
    layouts.assert_same_weights(loaded.network, weights)
    assert loaded.info.training == {"epoch": 9, "loss": 0.21, "best_loss": 0.2}
    assert loaded.info.score_is_trained
