"""A specialist's training, once: finished ones are kept, unfinished ones go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medsam_core.errors import CheckpointError, OptionError
from medsam_training.compare.specialist_config import SpecialistConfig
from medsam_training.compare.specialist_file import read_specialist
from medsam_training.compare.specialist_run import train_specialist
from medsam_training.fit.config_file import read_config_of
from medsam_training.fit.run_folder import RunFolder
from medsam_training.prepared_set import PreparedSet

# What decides how fast it goes and where things lie, not what comes out.
_MAY_DIFFER = ("out", "data_set", "data.workers", "loop.device", "loop.tensorboard", "loop.pictures")


def trained_specialist(config: SpecialistConfig) -> RunFolder:
    """Train a specialist, go on with it, or find it trained.

    Args:
        config: of its run; `out` is its own folder.

    Returns:
        The folder of its finished run.

    Raises:
        OptionError: the folder holds one that was trained otherwise.
        MedSAMError: see `training_run.train`.
    """
    check_trained(config)
    return train_specialist(config, resume=True)


def check_trained(config: SpecialistConfig) -> None:
    """See that what lies in the folder of a run, if anything does, is this run.

    Raises:
        OptionError: it holds one that was trained otherwise.
    """
    folder = RunFolder(Path(config.out))
    if folder.config.is_file():
        _check_same(read_config_of(SpecialistConfig, folder.config), config)
    if folder.best.is_file():
        _check_data(folder.best, config)


def training_seconds(folder: RunFolder) -> float:
    """How long the epochs of a finished run took, validation included.

    Raises:
        OutputError: its summary is damaged.
    """
    return float(folder.read_summary()["seconds"])


def _check_same(before: SpecialistConfig, now: SpecialistConfig) -> None:
    first, second = _flat(before.model_dump(mode="json")), _flat(now.model_dump(mode="json"))
    for key in sorted(first.keys() | second.keys()):
        if key not in _MAY_DIFFER and first.get(key) != second.get(key):
            kind, was, is_now = before.network.kind, first.get(key), second.get(key)
            problem = f"holds a {kind} that was trained otherwise ({key} was {was}, not {is_now})"
            raise OptionError(now.out, problem, "give the same options again, or another --out")


def _check_data(best: Path, config: SpecialistConfig) -> None:
    try:
        _, header = read_specialist(best)
    except CheckpointError:
        return  # it is written anew by the epoch that the run goes on with, or told when it is used
    if header.training.get("data_fingerprint") != PreparedSet.open(config.data_set).fingerprint:
        problem = f"holds a {header.kind} that was trained on other data"
        raise OptionError(config.out, problem, "give the same --data again, or another --out")


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Tables within tables as "section.key"."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
