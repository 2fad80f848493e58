"""The prompt journal: how a segmentation was made, so that it can be made again."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from pydantic import ValidationError

from medsam_core.errors import MedSAMError, PromptError
from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow
from medsam_core.journal_entry import JournalEntry, Option
from medsam_core.journal_layout import LAYOUTS, MOST_ENTRIES, VERSION, JournalLayout, entry_json
from medsam_core.journal_move import moved
from medsam_core.prompts import Prompts, SegmentPrompt
from medsam_core.prompts_entry import MOST_MASK_BYTES, check_amount, raise_first
from medsam_core.slice_grid import SliceGrid
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

TAG_NAME = "MedSAM.PromptJournal"
"""The tag of a segment that holds its journal."""

LARGEST_JSON = 16 * 2**20
LARGEST_TAG = 8 * 2**20


@dataclass(frozen=True, eq=False)
class PromptJournal:
    """What was asked, in order, for one segment or for several.

    Attributes:
        entries: at least one, see `JournalEntry`.

    Raises:
        PromptError: there are none, or more than 4096.
    """

    entries: tuple[JournalEntry, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", tuple(self.entries))
        if not 1 <= len(self.entries) <= MOST_ENTRIES:
            problem = f"has {len(self.entries)} entries"
            raise PromptError("journal", problem, f"give 1 to {MOST_ENTRIES}")

    @classmethod
    def of(
        cls,
        prompts: Prompts,
        volume: Volume,
        model: Model,
        *,
        grid: SliceGrid | None = None,
        propagation: str = "roi",
        options: Mapping[str, Option] | None = None,
        intensity: str | IntensityWindow = "auto",
    ) -> PromptJournal:
        """The journal of a call of `segment_volume` with the same arguments."""
        entries = [
            JournalEntry.of(
                segment,
                volume,
                model,
                grid=grid,
                propagation=propagation,
                options=options,
                intensity=intensity,
            )
            for segment in prompts.segments
        ]
        run = hashlib.sha256(cls(tuple(entries)).to_json().encode()).hexdigest()[:16]
        return cls(tuple(replace(entry, run=run) for entry in entries))

    @classmethod
    def from_json(cls, text: str | bytes, subject: object = "journal") -> PromptJournal:
        """A journal from what `to_json` gave, or a stranger.

        Args:
            text: the JSON.
            subject: what to call it in an error, a file's name perhaps.

        Raises:
            PromptError: it is too large, no such JSON, or an entry cannot be; it names the place.
        """
        if len(text) > LARGEST_JSON:
            raise PromptError(subject, "is larger than 16 MB", "leave out entries")
        layout = _parsed(text, subject)
        layout.check_version(subject)
        check_amount((one.segment for one in layout.entries), subject)
        entries = []
        for n, one in enumerate(layout.entries):
            here = f"entries[{n}]"
            try:
                entries.append(one.entry(here))
            except MedSAMError as error:
                where = error.subject if error.subject.startswith(here) else f"{here}: {error.subject}"
                raise PromptError(f"{subject}: {where}", error.problem, error.remedy) from error
        return cls(tuple(entries))

    @classmethod
    def from_tag(cls, tag: str, subject: object = "journal") -> PromptJournal:
        """A journal from a segment's tag.

        Raises:
            PromptError: it is none.
        """
        damaged = PromptError(subject, "is damaged", "the segment stays; its prompts are lost")
        if len(tag) > LARGEST_TAG:
            raise PromptError(subject, "is larger than 8 MB", "the segment stays; its prompts are lost")
        unpacker = zlib.decompressobj()
        try:
            text = unpacker.decompress(base64.b64decode(tag, validate=True), LARGEST_JSON + 1)
        except (binascii.Error, ValueError, zlib.error) as error:
            raise damaged from error
        if len(text) <= LARGEST_JSON and (not unpacker.eof or unpacker.unused_data):
            raise damaged
        return cls.from_json(text, subject)

    @classmethod
    def together(
        cls, journals: Iterable[PromptJournal | None], subject: object = "journal"
    ) -> PromptJournal | None:
        """The journals of a segmentation's segments as one, each with the label of its place, 1 the first.

        Args:
            journals: in the segments' order; None for a segment without one.
            subject: what to call them in an error.

        Returns:
            None if none of them has one.

        Raises:
            PromptError: they hold more than one journal may.
        """
        entries: list[JournalEntry] = []
        room = MOST_MASK_BYTES
        for label, journal in enumerate(journals, 1):  # each is read when it is reached, and no more of them
            for entry in journal.entries if journal is not None else ():
                entries.append(replace(entry, prompt=replace(entry.prompt, label=label)))
                room -= sum(len(mask.bits) for mask in entry.prompt.masks)
            if room < 0 or len(entries) > MOST_ENTRIES:
                limits = f"{MOST_ENTRIES} entries and {MOST_MASK_BYTES >> 20} MB of masks"
                raise PromptError(subject, f"holds more than {limits}", "export its segments one by one")
        return cls(tuple(entries)) if entries else None

    def to_json(self, *, indent: int | None = None) -> str:
        """As JSON; equal journals give equal text."""
        content = {"version": VERSION, "entries": [entry_json(entry) for entry in self.entries]}
        return json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)

    def to_tag(self) -> str:
        """As a segment's tag: letters that no scene file changes.

        Raises:
            PromptError: it is too large to be kept.
        """
        text = self.to_json().encode("utf-8")
        tag = base64.b64encode(zlib.compress(text, 9)).decode("ascii")
        if len(text) > LARGEST_JSON or len(tag) > LARGEST_TAG:
            raise PromptError("journal", f"takes {len(text) >> 20} MB", "split the segment")
        return tag

    def segment_tags(self) -> dict[int, dict[str, str]]:
        """Label -> the tags that keep that segment's part of the journal with it.

        A part too large to be kept is left out: the segment is worth more than how it was made.
        """
        tags: dict[int, dict[str, str]] = {}
        for label in dict.fromkeys(entry.prompt.label for entry in self.entries):
            own = PromptJournal(tuple(e for e in self.entries if e.prompt.label == label))
            with contextlib.suppress(PromptError):
                tags[label] = {TAG_NAME: own.to_tag()}
        return tags

    def on(self, geometry: Geometry, to_volume_ras: np.ndarray | None = None) -> PromptJournal:
        """The journal as it would have been made on another volume, see `journal_move.moved`.

        Raises:
            PromptError: a prompt lies wholly outside of that volume.
            OptionError: the registration is no invertible (4, 4) matrix.
        """
        return PromptJournal(tuple(moved(entry, geometry, to_volume_ras) for entry in self.entries))

    def prompts(self) -> Prompts:
        """All prompts together, for a prompts file or another strategy.

        Prompts of one label are united; of two masks on one slice the later counts.

        Raises:
            PromptError: the entries were not made on the same slices.
        """
        grids = {json.dumps(_place(entry)) for entry in self.entries}
        if len(grids) > 1:
            problem = "its prompts were given on slices of several orientations or volumes"
            raise PromptError("journal", problem, "replay it instead, or take the entries one by one")
        united: dict[int, SegmentPrompt] = {}
        for entry in self.entries:
            label = entry.prompt.label
            united[label] = _united(united[label], entry.prompt) if label in united else entry.prompt
        return Prompts(tuple(united.values()))


def _place(entry: JournalEntry) -> list[object]:
    slices, geometry = entry.slices, entry.geometry
    return [slices.size_xyn, slices.xyn_to_ijk.tolist(), geometry.size_ijk, geometry.ijk_to_ras.tolist()]


def _united(earlier: SegmentPrompt, later: SegmentPrompt) -> SegmentPrompt:
    masks = {mask.k: mask for mask in (*earlier.masks, *later.masks)}
    boxes = dict.fromkeys((*earlier.boxes, *later.boxes))
    points = dict.fromkeys((*earlier.points, *later.points))
    return SegmentPrompt(later.name, later.label, tuple(boxes), tuple(points), tuple(masks.values()))


def _parsed(text: str | bytes, subject: object) -> JournalLayout:
    try:
        return JournalLayout.model_validate_json(text)
    except ValidationError as error:
        raise_first(subject, error, LAYOUTS)
