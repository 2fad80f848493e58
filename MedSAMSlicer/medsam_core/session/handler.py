"""Does the work of a session's requests; the only part of a session that runs beside the face."""

from __future__ import annotations

import weakref
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.geometry import Geometry
from medsam_core.intensity import IntensityWindow, choose_window
from medsam_core.jobs.agenda import Check
from medsam_core.jobs.request import Request
from medsam_core.label_canvas import LabelCanvas
from medsam_core.prompts import Prompts
from medsam_core.segmentation_result import StopRecord
from medsam_core.session.answers import Assembled, Encoded, Expected, Prepared, Previewed, Replayed, Stepped
from medsam_core.session.journal_keeping import moved_entries
from medsam_core.session.requests import (
    AssembleRequest,
    EncodeRequest,
    PrepareRequest,
    PreviewRequest,
    PropagateRequest,
    ReplayRequest,
)
from medsam_core.session.slice_result import SliceResult
from medsam_core.session.subject import Subject
from medsam_core.volume import Volume
from medsam_core.voxel_patch import VoxelPatch

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.propagation.slice_predictor import SlicePredictor

Answers = Generator[object, None, None]

_PAINTED_AT_ONCE = 16  # slices of a large volume in about 30 ms: a preview need not wait longer


class SessionHandler:
    """To be given to a `Worker` or `Inline`.

    Args:
        cache: embeddings are kept here; several sessions may share it.
    """

    def __init__(self, cache: EmbeddingCache) -> None:
        self._cache = cache
        self._windows: weakref.WeakKeyDictionary[Volume, dict[str, IntensityWindow]] = (
            weakref.WeakKeyDictionary()
        )
        self._work = {
            PrepareRequest: self._prepare,
            EncodeRequest: self._encode,
            PreviewRequest: self._preview,
            PropagateRequest: self._propagate,
            AssembleRequest: self._assemble,
            ReplayRequest: self._replay,
        }

    def __call__(self, request: Request, check: Check) -> Answers:
        """The answers to a request, step by step."""
        return self._work[type(request)](request, check)

    def _prepare(self, request: PrepareRequest, check: Check) -> Answers:
        from medsam_core.propagation import strategies  # noqa: F401 - here, so that no click waits for it

        request.subject.volume.content_key()
        check()
        yield Prepared(self._window(request.subject))

    def _encode(self, request: EncodeRequest, check: Check) -> Answers:
        slices = self._slices(request.subject, check)
        for index in request.indices:
            slices.embedding(index)
            yield Encoded(index)

    def _preview(self, request: PreviewRequest, check: Check) -> Answers:
        from medsam_core.propagation.slice_prompt import prompts_by_slice

        subject = request.subject
        _check_inside(subject, (request.segment,))
        prompts = prompts_by_slice(request.segment)[request.index]
        mask = self._slices(subject, check).union(request.index, prompts)
        result = SliceResult.of(mask, subject.grid.is_native)
        # From what is kept, as a propagation's slices are: then the same prompt gives the same voxels.
        field_yx = result.to_slice_mask(subject.grid.shape_yx).field_yx
        yield Previewed(
            result, subject.grid.to_voxels(request.index, field_yx[None], subject.volume.geometry)
        )

    def _propagate(self, request: PropagateRequest, check: Check) -> Answers:
        from medsam_core.propagation.strategies import make_strategy
        from medsam_core.propagation.together import run_together

        subject, segments = request.subject, request.segments
        strategy = make_strategy(request.strategy, **dict(request.options))
        _check_inside(subject, segments)
        slices = self._slices(subject, check)
        yield Expected(tuple(strategy.expected_slices(s, slices.count) for s in segments))
        for place, step in run_together(strategy, segments, slices):
            is_stop = isinstance(step, StopRecord)
            yield Stepped(place, step if is_stop else SliceResult.of(step, subject.grid.is_native))

    def _assemble(self, request: AssembleRequest, check: Check) -> Answers:
        piles = (request.new, request.old)
        yield Assembled(*(tuple(_on_voxels(request.subject, pile, check)) for pile in piles))

    def _replay(self, request: ReplayRequest, check: Check) -> Answers:
        from medsam_core.journal_replay import replay

        def is_cancelled() -> bool:
            check()  # lets what is more urgent go first, and raises to end the work
            return False

        subject, journal, move = request.subject, request.journal, request.to_volume_ras
        result = replay(
            journal, subject.volume, subject.model, to_volume_ras=move, cache=self._cache, cancel=is_cancelled
        )
        labels = [record.label for record in result.segments]
        patches = {label: VoxelPatch.of(result.labels_kji == label) for label in labels}
        entries = moved_entries(journal, subject, move)
        yield Replayed(
            patches, {label: tuple(e for e in entries if e.prompt.label == label) for label in labels}
        )

    def _slices(self, subject: Subject, check: Check) -> SlicePredictor:
        from medsam_core.inference.predictor import Predictor
        from medsam_core.propagation.slice_predictor import SlicePredictor
        from medsam_core.propagation.slice_stack import SliceStack

        stack = SliceStack(subject.volume, self._window(subject), subject.grid)
        return SlicePredictor(stack, Predictor(subject.model), self._cache, check)

    def _window(self, subject: Subject) -> IntensityWindow:
        if not isinstance(subject.intensity, str):
            return subject.intensity
        known = self._windows.setdefault(subject.volume, {})
        if subject.intensity not in known:
            known[subject.intensity] = choose_window(subject.volume, subject.intensity)
        return known[subject.intensity]


def _check_inside(subject: Subject, segments: tuple) -> None:
    pile = subject.grid.geometry(subject.volume.geometry)
    for segment in segments:
        Prompts((segment,)).check_inside(pile)


def _on_voxels(
    subject: Subject, piles: tuple[tuple[SliceResult, ...], ...], check: Check
) -> Iterator[VoxelPatch]:
    """Each segment's slices on the volume's voxels; where two meet, the more probable one has them."""
    grid, size = subject.grid, subject.volume.geometry.size_ijk
    numbers = [result.index for pile in piles for result in pile]
    first = min(numbers, default=0) if grid.is_native else 0
    if grid.is_native:  # a correction of ten slices need not touch a volume of a thousand
        size = (*size[:2], max(numbers, default=0) - first + 1)
    canvas = LabelCanvas(Geometry(size, np.eye(4)), grid, tuple(range(1, len(piles) + 1)))
    for count, (place, result) in enumerate((p, r) for p, pile in enumerate(piles) for r in pile):
        mask = result.to_slice_mask(grid.shape_yx)
        canvas.paint(place, replace(mask, index=mask.index - first))
        if count % _PAINTED_AT_ONCE == 0:
            check()
    labels_kji = canvas.finish()
    for label in canvas.labels:
        patch = VoxelPatch.of(labels_kji == label)
        k, j, i = patch.start_kji
        yield VoxelPatch((k + first, j, i), patch.mask_kji)
