"""Doing again what a prompt journal says: on the same volume, or on another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import Cancelled
from medsam_core.journal_entry import JournalEntry, ModelName
from medsam_core.journal_layers import Layer, painted
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Prompts
from medsam_core.segment import Progress, segment_volume
from medsam_core.segmentation_result import SegmentationResult, SegmentRecord
from medsam_core.slice_pile import SlicePile
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.model import Model
    from medsam_core.propagation.slice_mask import SliceMask

_NO_LABELS = np.zeros((0, 0, 0), np.uint8)


def replay(
    journal: PromptJournal,
    volume: Volume,
    model: Model,
    *,
    to_volume_ras: np.ndarray | None = None,
    cache: EmbeddingCache | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> SegmentationResult:
    """Segment a volume as a journal says.

    Entries are done in order. One that adds is united with what its segment has; one that replaces takes the
    place, on the slices that it answers, of the last run of its segment on the same slices and of that run's
    earlier corrections: other parts of the segment stay. Entries of one call are done together. Where
    different segments meet, the later entry wins; those of one call share out voxels by probability.

    On the volume and with the model of the journal this gives the mask that was made then, voxel for voxel.
    On another volume prompts go through the patient, see `journal_move.moved`, and intensity presets are
    applied to that volume's own values.

    Args:
        journal: what to do.
        volume: the image; it is not changed.
        model: the journal's, or another; that it is another is noted in the result.
        to_volume_ras: (4, 4) registration from RAS mm of the journal's volume to those of this one.
        cache, progress, cancel: see `segment_volume`.

    Raises:
        PromptError: a prompt lies wholly outside of the volume or cannot be used.
        OptionError: a strategy or option of the journal is not known, or the registration is no matrix.
        IntensityError: an intensity preset of the journal does not fit.
        Cancelled: `cancel` returned True.
    """
    from medsam_core.inference.embedding_cache import EmbeddingCache

    cache = cache if cache is not None else EmbeddingCache()
    entries = journal.on(volume.geometry, to_volume_ras).entries
    layers: list[Layer] = []
    results: list[SegmentationResult] = []
    for group in _groups(entries):
        if cancel is not None and cancel():  # drawn masks need no encoder call, before which it is asked
            raise Cancelled("segmentation")
        first = group[0]
        piles = [None if first.grid is None else SlicePile(first.grid) for _ in group]
        result = segment_volume(
            volume,
            Prompts(tuple(entry.prompt for entry in group)),
            model,
            propagation=first.propagation,
            intensity=first.intensity,
            cache=cache,
            progress=progress,
            cancel=cancel,
            grid=first.grid,
            options=first.options,
            on_slice=partial(_gather, piles),
        )
        records = zip(group, result.segments, piles, strict=True)
        layers += [Layer.of(entry, record, result, pile) for entry, record, pile in records]
        results.append(replace(result, labels_kji=_NO_LABELS))  # the layers hold what is in them
    return _united(entries, layers, results, volume, _model_notes(journal, model))


def _gather(piles: Sequence[SlicePile | None], place: int, mask: SliceMask) -> None:
    pile = piles[place]
    if pile is not None:
        pile.add(mask.index, mask.field_yx)


def _groups(entries: Sequence[JournalEntry]) -> list[list[JournalEntry]]:
    """Entries of one call together, in the place of the first of them."""
    groups: dict[object, list[JournalEntry]] = {}
    before: Counter[object] = Counter()
    for n, entry in enumerate(entries):
        call = (entry.run, entry.setting) if entry.run else n
        one = (call, entry.prompt.label)
        groups.setdefault((call, before[one]), []).append(entry)  # a call has each segment once
        before[one] += 1
    return list(groups.values())


def _model_notes(journal: PromptJournal, model: Model) -> tuple[str, ...]:
    own = ModelName.of(model)
    others = {entry.model.name: None for entry in journal.entries if entry.model.differs(own)}
    if not others:
        return ()
    names = ", ".join("another version of it" if name == own.name else name for name in others)
    return (f"The journal was made with {names}; it was replayed with {own.name}.",)


def _united(
    entries: Sequence[JournalEntry],
    layers: Sequence[Layer],
    results: Sequence[SegmentationResult],
    volume: Volume,
    notes: tuple[str, ...],
) -> SegmentationResult:
    labels_kji = painted(layers, volume.geometry)
    names = {entry.prompt.label: entry.prompt.name for entry in entries}
    notes = (*(note for result in results for note in result.notes), *notes)
    return replace(
        results[-1],
        labels_kji=labels_kji,
        segments=tuple(_record(label, name, layers, labels_kji, volume) for label, name in names.items()),
        seconds={
            stage: sum(result.seconds.get(stage, 0.0) for result in results) for stage in results[-1].seconds
        },
        encoded_slices=sum(result.encoded_slices for result in results),
        notes=tuple(dict.fromkeys(notes)),
    )


def _record(
    label: int, name: str, layers: Sequence[Layer], labels_kji: np.ndarray, volume: Volume
) -> SegmentRecord:
    """How it came about, on the slices of its last entry: those of another orientation number otherwise."""
    own = [layer for layer in layers if layer.label == label]
    same = [layer for layer in own if layer.place == own[-1].place]
    voxels = int(np.count_nonzero(labels_kji == label))
    millilitres = round(voxels * volume.geometry.voxel_volume_mm3 / 1000.0, 4)
    confidence = {n: value for layer in same for n, value in layer.confidence.items()}
    stops = tuple(stop for layer in same for stop in layer.stops)
    return SegmentRecord(label, name, voxels, None if volume.is_2d else millilitres, confidence, stops)
