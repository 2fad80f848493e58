"""From a preset, a YAML file and ``--set key=value`` to a checked configuration."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from medsam_core.atomic_file import atomic_output
from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig, LoopConfig
from medsam_training.fit.presets import PRESETS

MOST_BYTES = 1 << 20
CONFIG_NAME = "config.yaml"

Presets = Mapping[str, dict[str, Any]]
ConfigT = TypeVar("ConfigT", bound=LoopConfig)

# What may differ after a resume; with another number of epochs or minutes the rate follows another curve.
_MAY_CHANGE = (
    "data.workers",
    "loop.device",
    "loop.devices",
    "loop.epochs",
    "loop.minutes",
    "loop.nodes",
    "loop.patience",
    "loop.pictures",
    "loop.precision",
    "loop.tensorboard",
)


class _Loader(yaml.SafeLoader):
    """Reads 1e-4 as a number, which YAML 1.1 takes for a text."""


_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))


def _parse(text: str) -> Any:
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def read_config(
    path: Path | None = None, preset: str | None = None, changes: Sequence[str] = (), **direct: Any
) -> FitConfig:
    """Put a run of `medsam-train fit` together: see `read_config_of`."""
    return read_config_of(FitConfig, path, preset, changes, **direct)


def read_config_of(
    kind: type[ConfigT],
    path: Path | None = None,
    preset: str | None = None,
    changes: Sequence[str] = (),
    presets: Presets = PRESETS,
    **direct: Any,
) -> ConfigT:
    """Put a run together; later ones win: defaults, preset, file, `changes`, `direct`.

    Args:
        kind: of configuration.
        path: a YAML file; its key "preset" names a preset too.
        preset: a row of `presets`.
        changes: "section.key=value", the value as YAML has it.
        presets: ready-made runs of this kind.
        direct: top-level keys.

    Raises:
        OptionError: a file cannot be read, a key is unknown (with the nearest known one), a value does not
            fit.
    """
    from_file = {} if path is None else _read(path)
    named = from_file.pop("preset", None)
    values = _preset(preset or named, presets) if (preset or named) is not None else {}
    subject = str(path or "configuration")
    values = _merged(values, from_file)
    for change in changes:
        values = _merged(values, _change(change))
    values = _merged(values, {key: value for key, value in direct.items() if value is not None})
    _check_keys(kind, kind, values, subject, "")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or subject
        problem = f"{first['msg']} (it is {first['input']!r:.80})"
        raise OptionError(where, problem, "see the table of keys in training/README.md") from error


def read_resumed(run: Path, changes: Sequence[str] = ()) -> FitConfig:
    """The configuration of a run of `medsam-train fit` that goes on: see `read_resumed_of`."""
    return read_resumed_of(FitConfig, run, changes)


def read_resumed_of(kind: type[ConfigT], run: Path, changes: Sequence[str] = ()) -> ConfigT:
    """The configuration of a run that goes on.

    Args:
        kind: of configuration.
        run: its folder.
        changes: as in `read_config`; only of how it runs, not of what it learns.

    Raises:
        OptionError: there is no run, or a change would make it another one.
    """
    path = run / CONFIG_NAME
    if not path.is_file():
        raise OptionError(run, f"holds no run ({CONFIG_NAME} is not there)", "give --out of an earlier run")
    for change in changes:
        if change.partition("=")[0] not in _MAY_CHANGE:
            problem = f"'{change}' would make it another run"
            raise OptionError("--resume", problem, f"change only {', '.join(_MAY_CHANGE)}")
    return read_config_of(kind, path, changes=changes, out=str(run))


def sections_of(path: Path) -> frozenset[str]:
    """The top-level keys of a configuration of any kind; what they are tells which kind it is.

    Raises:
        OptionError: it cannot be read.
    """
    return frozenset(map(str, _read(path)))


def write_config(config: LoopConfig, path: Path) -> None:
    """Write every key, so that the file alone repeats the run."""
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    with atomic_output(path, overwrite=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise OptionError(path, "is too large for a configuration", "give a YAML file of keys")
        values = _parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(path, f"cannot be read ({error})", "check the path") from error
    except yaml.YAMLError as error:
        raise OptionError(path, f"is not YAML ({error})", "check its indentation") from error
    if values is not None and not isinstance(values, dict):
        raise OptionError(path, "is not a table of keys", "write lines such as 'loop: {epochs: 10}'")
    return values or {}


def _preset(name: Any, presets: Presets) -> dict[str, Any]:
    if name not in presets:
        raise OptionError("preset", f"there is no {name!r}{_nearest(str(name), presets)}", _one_of(presets))
    return presets[name]


def _change(text: str) -> dict[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise OptionError("--set", f"'{text}' is not key=value", "write for example loop.epochs=10")
    try:
        parsed = _parse(value)
    except yaml.YAMLError as error:
        raise OptionError(f"--set {key}", "its value is not YAML", "quote it") from error
    for part in reversed(key.split(".")):
        parsed = {part: parsed}
    return parsed


def _merged(below: Any, above: Any) -> Any:
    """Tables key by key; anything else is replaced, an "options" table as a whole."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    result = dict(below)
    for key, value in above.items():
        result[key] = _merged(result[key], value) if key in result and key != "options" else value
    return result


def _check_keys(
    whole: type[BaseModel], model: type[BaseModel], values: Any, subject: str, prefix: str
) -> None:
    """Name the first unknown key with the nearest known one."""
    if not isinstance(values, dict):
        raise OptionError(prefix.rstrip(".") or subject, "is not a table of keys", "give keys and values")
    for key, value in values.items():
        if key not in model.model_fields:
            near = _nearest(str(key), model.model_fields) or _elsewhere(whole, str(key))
            problem = f"there is no key '{prefix}{key}'{near}"
            raise OptionError(subject, problem, _one_of(model.model_fields))
        inner = _model_of(model.model_fields[key].annotation)
        if inner is not None and value is not None:  # a section may be left out by "section: null"
            _check_keys(whole, inner, value, subject, f"{prefix}{key}.")


def _model_of(annotation: Any) -> type[BaseModel] | None:
    kinds = (annotation, *get_args(annotation))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _nearest(key: str, known: Any) -> str:
    near = difflib.get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _elsewhere(whole: type[BaseModel], key: str) -> str:
    """A key that is right, or nearly, in another section."""
    places = {
        name: f"{section}.{name}"
        for section, field in whole.model_fields.items()
        if (inner := _model_of(field.annotation)) is not None
        for name in inner.model_fields
    }
    near = difflib.get_close_matches(key, list(places), n=1, cutoff=0.6)
    return f"; did you mean '{places[near[0]]}'?" if near else ""


def _one_of(known: Any) -> str:
    return f"use one of {', '.join(known)}"
