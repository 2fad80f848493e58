"""A run of `fit` beside the plain loop."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch

from medsam_core.bench.machine import describe_machine, peak_rss_mb
from medsam_core.inference.cpu_features import has_native_bf16
from medsam_training.fit.checkpoints import KeepLast
from medsam_training.fit.config import Backbone, FitConfig
from medsam_training.fit.config_file import read_config
from medsam_training.fit.run import Prepared
from medsam_training.fit.run_folder import RunFolder
from medsam_training.fit.trainer import make_trainer
from medsam_training.fit.training_run import data_of, module_of
from medsam_training.throughput.plain_loop import PlainLoop, write_pictures
from medsam_training.throughput.turns import TakeTurns

KINDS = ("full", "decoder")
"""Everything learns, by MedSAM's recipe; or the decoder alone, behind embeddings that are kept."""

_PRESETS = {"full": "medsam", "decoder": "decoder-only"}


@dataclass(frozen=True)
class Size:
    """How much is done.

    Attributes:
        start: a checkpoint of a ViT, or a backbone (vit_b, vit_l, vit_h) with random weights.
        image_size: side of the network's input.
        batch: images of a step of each loop; with kept embeddings ours takes `decoder_batch`.
        decoder_batch: see above.
        rounds: steps of each loop that count; one more warms up.
        slices: that both learn from, over and over.
    """

    start: str = "vit_b"
    image_size: int = 1024
    batch: int = 1
    decoder_batch: int = 8
    rounds: int = 5
    slices: int = 8


def compare(kind: str, data: Path, scratch: Path, size: Size) -> dict[str, Any]:
    """Train with both loops in turns.

    Args:
        kind: of `KINDS`.
        data: a prepared set.
        scratch: an empty folder.
        size: how much.

    Returns:
        Figures for the JSON report.
    """
    config = _config(kind, data, scratch / "run", size)
    prepared = Prepared.of(config)
    pictures = scratch / "pictures"
    pictures.mkdir()
    plain = PlainLoop(
        prepared.architecture,
        write_pictures(prepared.training, prepared.preset, pictures),
        size.batch,
        encoder_learns=kind == "full",
        device=torch.device("cuda" if torch.cuda.is_available() else "cpu"),
    )
    turns = TakeTurns(plain.step, config.loop.batch, size.batch)
    trainer = make_trainer(config, RunFolder(Path(config.out)), [turns])
    trainer.limit_val_batches = 0
    trainer.callbacks = [one for one in trainer.callbacks if not isinstance(one, KeepLast)]
    began = time.perf_counter()
    module = module_of(prepared, size.rounds + 1)
    trainer.fit(module, datamodule=data_of(prepared, lambda line: None), ckpt_path=None)
    return {
        "kind": kind,
        "network": f"{prepared.architecture.name} at {size.image_size}",
        "batch": {"ours": config.loop.batch, "plain": size.batch},
        "precision": {"ours": config.loop.precision, "plain": "fp32"},
        **turns.turns.figures(),
        "wall_seconds": round(time.perf_counter() - began, 1),
        "peak_rss_mb_of_both": peak_rss_mb(),
        "machine": describe_machine(),
    }


def _config(kind: str, data: Path, out: Path, size: Size) -> FitConfig:
    batch = size.decoder_batch if kind == "decoder" else size.batch
    on_gpu = torch.cuda.is_available()
    known = size.start in get_args(Backbone)
    changes = [
        f"strategy.backbone={size.start}" if known else f"strategy.start={size.start}",
        "strategy.preset=medsam",
        f"strategy.image_size={size.image_size}",
        f"data.shots={size.slices}",
        "data.validation_slices=1",
        "loop.epochs=1",
        f"loop.steps_per_epoch={size.rounds + 1}",
        f"loop.batch={batch}",
        "loop.patience=null",
        f"loop.precision={'bf16' if on_gpu or has_native_bf16() else 'fp32'}",
        f"loop.device={'cuda' if on_gpu else 'cpu'}",
        "loop.devices=1",
        "loop.tensorboard=false",
        "loop.pictures=false",
    ]
    return read_config(preset=_PRESETS[kind], changes=changes, data_set=str(data), out=str(out))
