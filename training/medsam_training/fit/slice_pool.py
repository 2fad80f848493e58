"""The slices of one split that a run uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medsam_core.errors import OptionError
from medsam_training.fit.config import Data
from medsam_training.prepared_set import PreparedCase, PreparedSet, SliceRef


@dataclass(frozen=True, eq=False)
class SlicePool:
    """Slices that show something to learn.

    Attributes:
        source: the prepared set.
        refs: the slices, in the order of its manifest.
        class_names: of a multi-class run, background first; empty otherwise.
    """

    source: PreparedSet
    refs: tuple[SliceRef, ...]
    class_names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        source: PreparedSet,
        split: str,
        data: Data,
        most: int | None,
        seed: int,
        class_names: Sequence[str] = (),
    ) -> SlicePool:
        """Choose slices.

        Args:
            source: the prepared set.
            split: train, val or test.
            data: which labels and modalities.
            most: at most so many, spread evenly over the split; None is all.
            seed: where the even spread starts.
            class_names: of a multi-class run.

        Raises:
            OptionError: nothing is left.
            PreparedSetError: there is no such label.
        """
        refs = [ref for ref in source.slices(split, data.labels or None) if ref.labels]
        refs = _of_modalities(source, refs, data.modalities, split)
        return cls(source, tuple(_spread(refs, most, seed)), tuple(class_names))

    @classmethod
    def of_images(
        cls, source: PreparedSet, split: str, modalities: Sequence[str], most: int | None, seed: int
    ) -> SlicePool:
        """Choose slices whether they show a label or not; see `of`."""
        refs = _of_modalities(source, source.slices(split), modalities, split)
        return cls(source, tuple(_spread(refs, most, seed)))

    def __len__(self) -> int:
        return len(self.refs)

    def spread(self, most: int | None, seed: int) -> SlicePool:
        """At most so many of the slices, spread evenly over them; None is all."""
        return SlicePool(self.source, tuple(_spread(list(self.refs), most, seed)), self.class_names)

    def case(self, index: int) -> PreparedCase:
        """The case that a slice is of."""
        return self.source.case(self.refs[index].case_id)

    def image_yx(self, index: int) -> np.ndarray:
        """(y, x) or (y, x, 3) uint8."""
        return self.source.image_yx(self.refs[index])

    def labels_yx(self, index: int) -> np.ndarray:
        """(y, x) label numbers; of a multi-class run, places in `class_names`. Others are 0."""
        labels, ref = self.source.labels_yx(self.refs[index]), self.refs[index]
        table = np.zeros(int(max(labels.max(), *ref.labels)) + 1, np.uint16)
        for number in ref.labels:
            table[number] = self._class_of(ref, number) if self.class_names else number
        return table[labels]

    def _class_of(self, ref: SliceRef, number: int) -> int:
        """Objects of one kind are numbered beyond the names."""
        case = self.source.case(ref.case_id)
        only = next(iter(case.labels.values()), "") if case.instances else ""
        return self.class_names.index(case.labels.get(number, only))


def label_names(source: PreparedSet, data: Data) -> tuple[str, ...]:
    """The labels that a run is about, sorted by name."""
    return tuple(sorted(set(data.labels) or set(source.label_names())))


def _of_modalities(
    source: PreparedSet, refs: list[SliceRef], wanted: Sequence[str], split: str
) -> list[SliceRef]:
    known = sorted({str(case.modality) for case in source.cases})
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise OptionError("data.modalities", f"no case is {unknown[0]}", f"use {', '.join(known)}")
    if wanted:
        refs = [ref for ref in refs if source.case(ref.case_id).modality in wanted]
    if not refs:
        problem = f"no slice of the split '{split}' is left"
        raise OptionError(source.folder, problem, "prepare more cases, or choose other labels and splits")
    return refs


def _spread(refs: list[SliceRef], most: int | None, seed: int) -> list[SliceRef]:
    if most is None or most >= len(refs):
        return refs
    start = np.random.default_rng(seed).random()
    return [refs[int((place + start) * len(refs) / most)] for place in range(most)]
