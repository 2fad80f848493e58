"""What is exported is what the engine opens."""

from __future__ import annotations

import torch

from medsam_core.checkpoints import open_checkpoint
from medsam_training.export import averaged_network, export
from medsam_training.train_demo import LAST, Trainer


def test_the_engine_opens_the_averaged_weights_with_their_preset(tmp_path, small_settings):
    Trainer(small_settings, tmp_path, 0, 1).save()
    loaded = open_checkpoint(export(tmp_path / LAST, tmp_path / "demo.safetensors"))
    network, facts = averaged_network(tmp_path / LAST)
    assert loaded.info.preset == "demo" and loaded.info.training["sets"] == facts["sets"]
    for name, value in network.state_dict().items():
        torch.testing.assert_close(loaded.network.state_dict()[name], value, atol=1e-3, rtol=1e-3)
