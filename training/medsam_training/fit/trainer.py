"""Lightning's Trainer, set up for a run."""

from __future__ import annotations

import logging
import warnings
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.callbacks import EarlyStopping
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.environments import SLURMEnvironment, TorchElasticEnvironment
from lightning.pytorch.strategies import DDPStrategy, ModelParallelStrategy, Strategy

from medsam_core.errors import DeviceError
from medsam_training.fit.checkpoints import AtomicCheckpointIO, KeepLast
from medsam_training.fit.config import LoopConfig
from medsam_training.fit.launcher import Launch
from medsam_training.fit.measure import VALIDATION_DICE, Measure
from medsam_training.fit.run_folder import RunFolder

_PRECISIONS = {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}
_REMARKS = (
    ".*does not have many workers.*",
    ".*module.s. in eval mode.*",
    ".*isinstance.treespec.*",
    ".*lr_scheduler.step.*",
    ".*number of training batches.*",
    ".*does not have a .val_dataloader.*",
    ".*sync_dist=True.*",  # torchmetrics has done it
    ".*returned a view tensor.*",  # nothing is changed in place
)


def make_trainer(
    config: LoopConfig,
    folder: RunFolder,
    callbacks: list[pl.Callback],
    measure: Measure = VALIDATION_DICE,
) -> pl.Trainer:
    """Build the Trainer.

    Args:
        config: the run.
        folder: where it writes.
        callbacks: ours, in this order.
        measure: what validation is judged by, to stop early.

    Raises:
        DeviceError: the device is not there, or cannot compute so.
    """
    loop, launch = config.loop, Launch.of(config.loop)
    _check_device(config)
    _quiet()
    if loop.patience is not None:
        callbacks = [*callbacks, EarlyStopping(measure.key, mode=measure.mode, patience=loop.patience)]
    return pl.Trainer(
        accelerator=loop.device,
        devices=launch.devices,
        num_nodes=launch.nodes,
        strategy=_strategy(config, launch),
        precision=_PRECISIONS[loop.precision],
        max_epochs=loop.epochs,
        accumulate_grad_batches=loop.accumulate,
        gradient_clip_val=config.optimiser.clip,
        callbacks=[*callbacks, KeepLast(folder)],
        plugins=_plugins(folder),
        logger=TensorBoardLogger(folder.path, name="", version="tensorboard") if loop.tensorboard else False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
        inference_mode=False,  # its tensors could not be trained on afterwards
        use_distributed_sampler=False,  # each process knows its share
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder.path,
    )


def _plugins(folder: RunFolder) -> list[Any]:
    plugins: list[Any] = [AtomicCheckpointIO(folder)]
    if SLURMEnvironment.detect() and not TorchElasticEnvironment.detect():
        # Lightning's own requeueing saves in the middle of an epoch, where nothing resumes bit for bit.
        plugins.append(SLURMEnvironment(auto_requeue=False))
    return plugins


def _strategy(config: LoopConfig, launch: Launch) -> Strategy | str:
    processes = _processes(config, launch)
    if processes == 1:
        return "auto"
    if config.loop.parallel == "fsdp":
        return ModelParallelStrategy(
            data_parallel_size=processes, tensor_parallel_size=1, save_distributed_checkpoint=False
        )
    # The score head gets no gradient unless its loss is asked for.
    return DDPStrategy(find_unused_parameters=True)


def _processes(config: LoopConfig, launch: Launch) -> int:
    """Of all machines, whoever starts them."""
    if launch.processes > 1:
        return launch.processes
    on_gpus = config.loop.device in ("auto", "cuda")
    here = launch.devices
    if here == "auto":
        here = max(1, torch.cuda.device_count()) if on_gpus else 1
    return here * launch.nodes


def _check_device(config: LoopConfig) -> None:
    loop = config.loop
    if loop.device == "cuda" and not torch.cuda.is_available():
        raise DeviceError("loop.device", "there is no CUDA device here", "use auto or cpu")
    if loop.device == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("loop.device", "there is no MPS device here", "use auto or cpu")
    on_cpu = loop.device == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    if loop.precision == "fp16" and on_cpu:
        raise DeviceError("loop.precision", "a CPU cannot train in fp16", "use bf16 or fp32")
    if torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")


def _quiet() -> None:
    """Lightning's remarks are for its programmers."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    for pattern in _REMARKS:
        warnings.filterwarnings("ignore", pattern)
