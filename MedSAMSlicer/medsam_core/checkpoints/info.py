"""What is known of a checkpoint, for `models info`, for reports and for caches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from medsam_core.checkpoints.training_words import training_words
from medsam_core.models.architecture import Architecture

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class CheckpointInfo:
    """A checkpoint's description.

    Attributes:
        path: the file with the weights.
        name: what to call the model.
        format: the layout it was recognised as.
        architecture: what its network is made of; None while a base checkpoint is wanted.
        preset: name of the preprocessing preset.
        parameters: number of weights; 0 while a base checkpoint is wanted.
        sha256: of the file.
        bytes: size of the file.
        base_sha256: of the base checkpoint that it was put onto, for a difference.
        notes: what was stripped, merged, dropped or guessed, as sentences.
        class_names: of a multi-class network: what each value of its label map is, 0 being background.
        licence: SPDX name; "" where nobody says.
        training: plain facts about the training.
        score_is_trained: whether the network's own quality estimate means anything.
        needs_base: it is only a difference: open it with `base`.
    """

    path: Path
    name: str
    format: str
    architecture: Architecture | None
    preset: str
    parameters: int
    sha256: str
    bytes: int
    base_sha256: str | None = None
    notes: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    licence: str = ""
    training: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    score_is_trained: bool = False
    needs_base: bool = False

    @property
    def image_size(self) -> int | None:
        """Side of the network's square input in pixels; None while a base checkpoint is wanted."""
        return self.architecture.image_size if self.architecture else None

    @property
    def identity(self) -> str:
        """Names the network itself: equal for equal weights in an equal architecture. For cache keys.

        The file's checksum is not enough: a difference gives another network on another base, and the same
        plain weights another one with an args.json beside them.
        """
        parts = [self.sha256, self.base_sha256, self.architecture.to_json() if self.architecture else None]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "name": self.name,
            "path": str(self.path),
            "format": self.format,
            "architecture": self.architecture.to_json() if self.architecture else None,
            "preset": self.preset,
            "image_size": self.image_size,
            "parameters": self.parameters,
            "sha256": self.sha256,
            "bytes": self.bytes,
            "base_sha256": self.base_sha256,
            "identity": self.identity,
            "notes": list(self.notes),
            "class_names": list(self.class_names),
            "licence": self.licence,
            "training": dict(self.training),
            "score_is_trained": self.score_is_trained,
            "needs_base": self.needs_base,
        }

    def describe(self) -> str:
        """As lines for a person."""
        rows = [
            ("name", self.name),
            ("file", str(self.path)),
            ("format", self.format),
            ("network", self._network()),
            ("preprocessing", self.preset),
            ("size", f"{self.bytes / 1e6:,.1f} MB, {self.parameters:,} parameters"),
            ("sha256", self.sha256),
            ("licence", self.licence or "not stated; ask whoever gave it to you"),
            ("quality score", "trained" if self.score_is_trained else "not trained: it means nothing"),
        ]
        if self.class_names:
            rows.append(("classes", ", ".join(self.class_names)))
        rows += [("training", words) for words in training_words(self.training)]
        rows += [("note", note) for note in self.notes]
        return "\n".join(f"{label + ':':<15} {_one_line(value)}" for label, value in rows)

    def _network(self) -> str:
        if self.architecture is None:
            return "unknown until its base checkpoint is given"
        parts = f", with {self.architecture.peft.kind} parts" if self.architecture.peft else ""
        return f"{self.architecture.name}, images of {self.image_size} pixels{parts}"


def _one_line(text: str) -> str:
    """A stranger's text may hold line ends and terminal commands."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
