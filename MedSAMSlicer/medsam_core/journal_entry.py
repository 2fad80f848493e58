"""One line of a prompt journal: what was asked of which model on which slices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from medsam_core.errors import PromptError
from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow, check_preset
from medsam_core.prompts import LONGEST_NAME, SegmentPrompt
from medsam_core.slice_grid import SliceGrid
from medsam_core.version import VERSION
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

Mode = Literal["add", "replace"]
Option = str | int | float | bool | None

LONGEST_TEXT = 256


@dataclass(frozen=True)
class ModelName:
    """Which network answered.

    Attributes:
        name: as the user called it.
        identity: names the network itself, see `CheckpointInfo.identity`.
        sha256: of the checkpoint's file.
        preset: how images were prepared for it.
    """

    name: str
    identity: str
    sha256: str
    preset: str

    @classmethod
    def of(cls, model: Model) -> ModelName:
        """A loaded model's."""
        info = model.info
        return cls(one_line(model.name), info.identity, info.sha256, model.preset.name)

    def differs(self, other: ModelName) -> bool:
        """Whether the other may answer otherwise: other weights, or images prepared otherwise."""
        return (self.identity, self.preset) != (other.identity, other.preset)


@dataclass(frozen=True, eq=False)
class JournalEntry:
    """The prompts of one segment and all that their answer depends on but the image.

    Attributes:
        prompt: boxes, clicks and drawn masks, in pixels of `grid`.
        geometry: of the volume they were given on.
        model: that answered.
        grid: the slices; None for the volume's own.
        propagation: name of the strategy.
        options: of the strategy.
        intensity: a preset's name, "LOW,HIGH" or "auto".
        mode: "add" to what the segment holds; or "replace": on the slices that it answers, it takes the
            place of the run before it (see `journal_replay`).
        run: a name that entries of one call share, whose segments shared out the voxels where they met; ""
            for an entry of its own.
        volume_name: of the volume.
        version: of the program.

    Raises:
        PromptError: a prompt lies outside of the slices, or the options are no plain values.
        IntensityError: no such intensity preset.
    """

    prompt: SegmentPrompt
    geometry: Geometry
    model: ModelName
    grid: SliceGrid | None = None
    propagation: str = "roi"
    options: Mapping[str, Option] = field(default_factory=dict)
    intensity: str = "auto"
    mode: Mode = "add"
    run: str = ""
    volume_name: str = ""
    version: str = VERSION

    def __post_init__(self) -> None:
        if self.grid is not None and self.grid.is_native:
            object.__setattr__(self, "grid", None)
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        object.__setattr__(self, "volume_name", one_line(self.volume_name))
        subject = f"segment '{self.prompt.name}'"
        if self.mode not in ("add", "replace"):
            raise PromptError(subject, f"its mode is {self.mode!r}", "give 'add' or 'replace'")
        if not all(isinstance(value, str | int | float | bool | None) for value in self.options.values()):
            raise PromptError(
                subject, "its options are no plain values", "give numbers, texts or truth values"
            )
        check_preset(self.intensity)
        self.check_inside()

    @classmethod
    def of(
        cls,
        prompt: SegmentPrompt,
        volume: Volume,
        model: Model,
        *,
        grid: SliceGrid | None = None,
        propagation: str = "roi",
        options: Mapping[str, Option] | None = None,
        intensity: str | IntensityWindow = "auto",
        mode: Mode = "add",
        run: str = "",
    ) -> JournalEntry:
        """An entry for what `segment_volume` would be given; see there."""
        return cls(
            prompt,
            volume.geometry,
            ModelName.of(model),
            grid,
            propagation,
            options or {},
            intensity if isinstance(intensity, str) else intensity.preset,
            mode,
            run,
            volume.name,
        )

    @property
    def slices(self) -> SliceGrid:
        """The slices, also if they are the volume's own."""
        return self.grid or SliceGrid.along(self.geometry)

    @cached_property
    def setting(self) -> str:
        """Equal for entries that one call of `segment_volume` can do together."""
        grid = None if self.grid is None else (self.grid.size_xyn, self.grid.xyn_to_ijk.tolist())
        places = (self.geometry.size_ijk, self.geometry.ijk_to_ras.tolist(), grid)
        return json.dumps([places, self.propagation, dict(self.options), self.intensity, self.mode])

    def check_inside(self) -> None:
        """Refuse prompts that reach outside of the slices.

        Raises:
            PromptError: with the segment and the range that is valid.
        """
        pile = self.slices.geometry(self.geometry)
        for prompt in (*self.prompt.boxes, *self.prompt.points, *self.prompt.masks):
            try:
                prompt.check_inside(pile)
            except PromptError as error:
                subject = f"segment '{self.prompt.name}': {error.subject}"
                raise PromptError(subject, error.problem, error.remedy) from error


def one_line(text: str) -> str:
    """A name from a file as one line of plain letters, not too long to be kept."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(plain.split())[:LONGEST_TEXT]


def under_name(entry: JournalEntry, name: str) -> JournalEntry:
    """An entry of a segment that is called otherwise now; as it is, where nothing of the name can be kept."""
    kept = one_line(name)[:LONGEST_NAME].strip() or entry.prompt.name
    return replace(entry, prompt=replace(entry.prompt, name=kept))
