"""From trained weights to the file that the engine and Slicer load."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.models.architecture import Architecture
from medsam_core.models.lora import merge_lora
from medsam_training.fit.config import FitConfig
from medsam_training.fit.demo_parts import merge_demo_lora
from medsam_training.fit.history import Row
from medsam_training.fit.model_name import model_name
from medsam_training.fit.sharding import gathered_state, is_sharded, network_with
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.fit.start import Start
from medsam_training.fit.strategy import count_weights

_METHODS = {"vanilla": "all weights", "lora": "LoRA", "adapter": "adapters"}


def write_model(
    network: nn.Module, architecture: Architecture, header: OwnHeader, path: Path, half: bool = False
) -> Path:
    """Merge LoRA, keep adapters, write.

    Args:
        network: as it trains; it stays as it is. Where its weights are spread over processes, all of them
            call this and the first one writes.
        architecture: what its state dict is of, LoRA included.
        header: what to say; its architecture is set here.
        path: replaced.
        half: in float16.

    Raises:
        CheckpointError: a weight is not a finite number.
        OutputError: the file cannot be written.
    """
    if is_sharded(network):
        state = gathered_state(network)
        if not state:
            return path
        network = network_with(architecture, state)
    merged, described = merged_network(network, architecture)
    header = dataclasses.replace(header, architecture=described)
    return write_own(merged, path, header, half=half, overwrite=True)


def merged_network(network: nn.Module, architecture: Architecture) -> tuple[nn.Module, Architecture]:
    """A network without LoRA that computes the same, and what it is made of; a copy where that is needed."""
    if architecture.family == "demo":
        return merge_demo_lora(copy.deepcopy(network)), architecture
    if architecture.peft is None or architecture.peft.kind != "lora":
        return network, architecture
    return merge_lora(copy.deepcopy(network)), dataclasses.replace(architecture, peft=None)


def header_of(config: FitConfig, start: Start, network: nn.Module, pool: SlicePool, row: Row) -> OwnHeader:
    """What the file says of itself.

    Args:
        config: the run.
        start: what it started from.
        network: as it trains.
        pool: the training slices.
        row: the epoch of the weights.
    """
    facts = _facts(config, start, network, pool, row)
    return OwnHeader(
        name=config.name or model_name(facts["labels"], config.out),
        architecture=start.architecture,
        preset=start.preset.name,
        class_names=start.class_names,
        licence=config.licence or start.licence,
        score_is_trained=config.loss.score_weight > 0,
        training=facts,
    )


def _facts(
    config: FitConfig, start: Start, network: nn.Module, pool: SlicePool, row: Mapping[str, float]
) -> dict[str, Any]:
    cases = {ref.case_id: pool.source.case(ref.case_id) for ref in pool.refs}
    labels = {
        pool.source.case(ref.case_id).labels.get(number, "") for ref in pool.refs for number in ref.labels
    }
    trained, total = count_weights(network)
    strategy = config.strategy
    return {
        "method": f"{_METHODS[strategy.method]} of {strategy.components}",
        "started_from": start.origin,
        "sets": sorted({case.set_name for case in cases.values()}),
        "cases": len(cases),
        "slices": len(pool),
        "labels": sorted(labels - {""})[:64],
        "all_may_train_shipped_weights": all(case.may_train for case in cases.values()),
        "validation_dice": round(row["validation_dice"], 4),
        "epochs": int(row["epoch"]),
        "steps": int(row["steps"]),
        "trained_weights": trained,
        "weights": total,
        "seed": config.loop.seed,
        "data_fingerprint": pool.source.fingerprint,
    }
