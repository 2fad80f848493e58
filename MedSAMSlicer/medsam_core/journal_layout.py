"""Prompt journals as JSON: the layout, and entries from and to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.journal_entry import LONGEST_TEXT, JournalEntry, ModelName
from medsam_core.prompts_entry import (
    BoxEntry,
    MaskEntry,
    PointEntry,
    SegmentEntry,
    Strict,
    segment_json,
)
from medsam_core.slice_grid import SliceGrid

VERSION = 1
MOST_ENTRIES = 4096
LARGEST_SIDE = 2**20

_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
_Side = Annotated[int, Field(ge=1, le=LARGEST_SIDE)]
_Size = Annotated[list[_Side], Field(min_length=3, max_length=3)]
_Row = Annotated[list[FiniteFloat], Field(min_length=4, max_length=4)]
_Matrix = Annotated[list[_Row], Field(min_length=4, max_length=4)]
_Option = Annotated[str, Field(max_length=LONGEST_TEXT)] | bool | int | FiniteFloat | None


class _ModelLayout(Strict):
    name: _Text
    identity: _Text
    sha256: _Text
    preset: _Text


class _SourceLayout(Strict):
    name: _Text = ""
    size: _Size
    ijk_to_ras: _Matrix

    def geometry(self) -> Geometry:
        return Geometry(tuple(self.size), self.ijk_to_ras)  # type: ignore[arg-type]


class _GridLayout(Strict):
    size: _Size
    xyn_to_ijk: _Matrix
    axis: Literal["k", "j", "i"] | None = None

    def grid(self) -> SliceGrid:
        return SliceGrid(tuple(self.size), self.xyn_to_ijk, self.axis)  # type: ignore[arg-type]


class EntryLayout(Strict):
    """An entry."""

    segment: SegmentEntry
    source: _SourceLayout
    model: _ModelLayout
    grid: _GridLayout | None = None
    propagation: _Text = "roi"
    options: dict[_Text, _Option] = Field(default_factory=dict, max_length=64)
    intensity: _Text = "auto"
    mode: Literal["add", "replace"] = "add"
    run: _Text = ""
    program: _Text = ""

    def entry(self, place: str) -> JournalEntry:
        """The entry.

        Args:
            place: where it stands, for errors.

        Raises:
            MedSAMError: its geometry, its slices or its prompts cannot be.
        """
        geometry = self.source.geometry()
        grid = self.grid.grid() if self.grid is not None else None
        pile = grid.geometry(geometry) if grid is not None else geometry
        return JournalEntry(
            self.segment.prompt(f"{place}.segment", "ijk", pile),
            geometry,
            ModelName(**self.model.model_dump()),
            grid,
            self.propagation,
            self.options,
            self.intensity,
            self.mode,
            self.run,
            self.source.name,
            self.program,
        )


class JournalLayout(Strict):
    """A journal."""

    version: int
    entries: list[EntryLayout] = Field(min_length=1, max_length=MOST_ENTRIES)

    def check_version(self, subject: object) -> None:
        """Refuse a journal of another version.

        Raises:
            PromptError: it is of another version.
        """
        if self.version != VERSION:
            problem = f"is {self.version}, this program reads version {VERSION}"
            raise PromptError(f"{subject}: version", problem, "update this program")


LAYOUTS = (
    JournalLayout,
    EntryLayout,
    _SourceLayout,
    _GridLayout,
    _ModelLayout,
    SegmentEntry,
    BoxEntry,
    PointEntry,
    MaskEntry,
)


def entry_json(entry: JournalEntry) -> dict[str, Any]:
    """An entry as plain JSON values."""
    grid, geometry = entry.grid, entry.geometry
    return {
        "segment": segment_json(entry.prompt, "ijk", geometry),
        "source": {
            "name": entry.volume_name,
            "size": list(geometry.size_ijk),
            "ijk_to_ras": geometry.ijk_to_ras.tolist(),
        },
        "model": vars(entry.model),
        "grid": grid
        and {"size": list(grid.size_xyn), "xyn_to_ijk": grid.xyn_to_ijk.tolist(), "axis": grid.axis},
        "propagation": entry.propagation,
        "options": dict(entry.options),
        "intensity": entry.intensity,
        "mode": entry.mode,
        "run": entry.run,
        "program": entry.version,
    }
