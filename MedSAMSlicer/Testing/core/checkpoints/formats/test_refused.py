"""Networks we cannot run are refused by their names, with what would work."""

from __future__ import annotations

from pathlib import Path

import layouts
import numpy as np
import pytest
import torch

from medsam_core.checkpoints import inspect_checkpoint
from medsam_core.checkpoints.detect import FORMATS
from medsam_core.errors import CheckpointError

ONE = torch.ones(1)


def _nnunet() -> dict:
    """Its logging holds numpy numbers, which are not weights: torch refuses the pickle."""
    return {
        "network_weights": {"encoder.stages.0.0.convs.0.conv.weight": ONE},
        "trainer_name": "nnUNetTrainer",
        "logging": {"mean_fg_dice": [np.float64(0.5)]},
        "init_args": {"fold": 0},
    }


def _medical_sam_adapter() -> dict:
    weights = {f"image_encoder.blocks.0.Space_Adapter.D_fc{i}.weight": ONE for i in (1, 2)}
    return {
        "epoch": 3,
        "model": "sam",
        "state_dict": layouts.plain() | weights,
        "optimizer": {},
        "best_tol": 0.5,
    }


KNOWN = {
    "Medical-SAM-Adapter": _medical_sam_adapter,
    "MA-SAM": lambda: {"q_FacTs_000": ONE, "v_FacTs_000": ONE, "FacTu": ONE, "FacTv": ONE},
    "SAM 3": lambda: {"detector.backbone.a": ONE, "tracker.maskmem.b": ONE},
    "SAM 2": lambda: {"model": {"image_encoder.trunk.blocks.0.norm1.weight": ONE, "memory_attention.a": ONE}},
    "SAM-HQ": lambda: layouts.plain() | {"mask_decoder.hf_token.weight": ONE},
    "SAM-Med3D": lambda: (
        layouts.plain() | {"image_encoder.patch_embed.proj.weight": torch.ones(1, 1, 1, 1, 1)}
    ),
    "EfficientViT-SAM": lambda: {"image_encoder.backbone.a": ONE, "mask_decoder.b": ONE},
    "EfficientSAM": lambda: {
        "image_encoder.a": ONE,
        "mask_decoder.final_output_upscaling_layers.0.weight": ONE,
    },
    "RepViT": lambda: {"image_encoder.features.0.a": ONE, "mask_decoder.b": ONE},
    "nnU-Net": _nnunet,
    "nnU-Net network": lambda: {"encoder.stages.0.a": ONE, "decoder.seg_layers.0.weight": ONE},
    "image encoder only": lambda: {
        n: t for n, t in layouts.plain().items() if n.startswith("image_encoder.")
    },
    "vision transformer": lambda: {"cls_token": ONE, "blocks.0.attn.qkv.weight": ONE},
    "ResNet": lambda: {"conv1.weight": ONE, "layer1.0.conv1.weight": ONE, "layer4.1.conv1.weight": ONE},
    "U-Net": lambda: {"inc.double_conv.0.weight": ONE, "down1.a": ONE},
}


@pytest.mark.parametrize(("name", "make"), KNOWN.items(), ids=KNOWN)
def test_it_is_called_by_its_name(tmp_path: Path, name: str, make) -> None:
    path = layouts.saved(make(), tmp_path / "a.pth")
    with pytest.raises(CheckpointError) as caught:
        inspect_checkpoint(path)
    called = name.removesuffix(" network").removesuffix(" only")
    assert called.lower() in caught.value.problem.lower()
    assert caught.value.remedy and "\n" not in str(caught.value)


def test_the_names_of_the_table_are_unique() -> None:
    names = [row.name for row in FORMATS]
    assert len(set(names)) == len(names)


READABLE = {
    "segment-anything": layouts.plain,
    "finetune-SAM": lambda: layouts.finetune_sam_lora(layouts.plain()),
    "SAMed": lambda: layouts.samed(layouts.plain()),
    "micro-sam": lambda: {"model_state": layouts.plain()},
}


@pytest.mark.parametrize(("name", "make"), READABLE.items(), ids=READABLE)
def test_no_row_claims_a_readable_file(tmp_path: Path, name: str, make) -> None:
    from medsam_core.checkpoints.candidate import candidate_of
    from medsam_core.checkpoints.detect import detect
    from medsam_core.checkpoints.safe_load import read_checkpoint

    path = layouts.saved(make(), tmp_path / "a.pth")
    assert detect(candidate_of(read_checkpoint(path))).name == name
