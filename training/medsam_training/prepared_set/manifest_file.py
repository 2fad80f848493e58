"""manifest.json of a prepared set."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import TypeAdapter, ValidationError

from medsam_core.atomic_file import atomic_output
from medsam_training.prepared_set.errors import PreparedSetError
from medsam_training.prepared_set.prepared_case import PreparedCase

NAME = "manifest.json"
VERSION = 1
_LARGEST = 1 << 30


@dataclass(frozen=True)
class DroppedCase:
    """A case that was left out, and the line that says why."""

    id: str
    set_name: str
    problem: str


@dataclass(frozen=True)
class Manifest:
    """All of a prepared set but the arrays.

    Attributes:
        version: of this layout.
        options: what it was prepared with, in words and numbers.
        cases: those that are in.
        dropped: those that are not.
    """

    version: int
    options: dict[str, object]
    cases: tuple[PreparedCase, ...]
    dropped: tuple[DroppedCase, ...] = ()


_ADAPTER = TypeAdapter(Manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json whole or not at all; equal manifests give equal bytes."""
    with atomic_output(folder / NAME, overwrite=True) as path:
        path.write_text(manifest_text(manifest), encoding="utf-8")


def manifest_text(manifest: Manifest) -> str:
    """The manifest as JSON, a line for each case, so that two of them can be compared by eye."""
    plain = _ADAPTER.dump_python(manifest, mode="json")
    lines = [f'"version": {plain["version"]}', f'"options": {_line(plain["options"])}']
    lines += [f'"{name}": [{_rows(plain[name])}]' for name in ("cases", "dropped")]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_manifest(folder: Path) -> tuple[Manifest, bytes]:
    """Read manifest.json, with its bytes.

    Raises:
        PreparedSetError: it is not there, damaged, of another version, or names files outside its folder.
    """
    path = folder / NAME
    if not path.is_file():
        problem = "holds no prepared set, or one that is not finished"
        raise PreparedSetError(folder, problem, "run medsam-train prepare (it goes on where it stopped)")
    try:
        if path.stat().st_size > _LARGEST:
            raise PreparedSetError(path, f"is larger than {_LARGEST >> 20} MB", "prepare it in parts")
        content = path.read_bytes()
        manifest = _ADAPTER.validate_json(content)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise PreparedSetError(path, problem, "check its permissions") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise PreparedSetError(path, f"is damaged at {where} ({first['msg']})", "prepare it again") from error
    _check(path, manifest)
    return manifest, content


def _check(path: Path, manifest: Manifest) -> None:
    if manifest.version != VERSION:
        problem = f"is of version {manifest.version}, this program reads {VERSION}"
        raise PreparedSetError(path, problem, "prepare it again")
    if len({case.id for case in manifest.cases}) != len(manifest.cases):
        raise PreparedSetError(path, "holds two cases of one id", "prepare it again")
    for case in manifest.cases:
        for name in (case.image_file, case.labels_file):
            parts = PurePosixPath(name)
            if parts.is_absolute() or ".." in parts.parts or "\\" in name or ":" in name:
                raise PreparedSetError(path, f"names a file outside its folder ({name})", "prepare it again")
        if len(case.slice_labels) != len(case.slice_numbers):
            raise PreparedSetError(path, f"is damaged at case {case.id}", "prepare it again")


def _rows(rows: list[dict]) -> str:
    return "".join(f"\n  {_line(row)}," for row in rows).removesuffix(",") + ("\n" if rows else "")


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
