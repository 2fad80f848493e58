"""A prepared set, opened."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from medsam_training.prepared_set.array_file import open_slices
from medsam_training.prepared_set.errors import PreparedSetError
from medsam_training.prepared_set.manifest_file import Manifest, read_manifest
from medsam_training.prepared_set.prepared_case import SPLITS, PreparedCase, SliceRef

_MOST_OPEN = 256  # maps; each may hold a file open


class PreparedSet:
    """Slices by reference. Opening reads the manifest only; processes share the maps of the arrays.

    May be pickled (for loaders' processes): the maps are opened anew there.
    """

    def __init__(self, folder: Path, manifest: Manifest, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        self.options = manifest.options
        self.cases = manifest.cases
        self.dropped = manifest.dropped
        self._by_id = {case.id: case for case in manifest.cases}
        self._maps: OrderedDict[str, np.ndarray] = OrderedDict()

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> PreparedSet:
        """Open what `medsam-train prepare --out FOLDER` made.

        Raises:
            PreparedSetError: there is none, or it is not finished or damaged.
        """
        manifest, content = read_manifest(Path(folder))
        return cls(Path(folder), manifest, hashlib.sha256(content).hexdigest())

    def case(self, case_id: str) -> PreparedCase:
        """The case of an id.

        Raises:
            PreparedSetError: there is none.
        """
        if case_id not in self._by_id:
            near = difflib.get_close_matches(case_id, self._by_id, 1)
            remedy = f"did you mean {near[0]}?" if near else "see its manifest.json"
            raise PreparedSetError(self.folder, f"holds no case {case_id}", remedy)
        return self._by_id[case_id]

    def label_names(self) -> tuple[str, ...]:
        """All names of labels, sorted."""
        return tuple(sorted({name for case in self.cases for name in case.labels.values()}))

    def slices(self, split: str, labels: Iterable[int | str] | None = None) -> list[SliceRef]:
        """The slices of a split, in the order of the manifest.

        Args:
            split: train, val or test.
            labels: only slices that show one of these, by number or by name (the same number may mean
                different things in different sets); all by default.

        Raises:
            PreparedSetError: there is no such split, or no case has such a label.
        """
        if split not in SPLITS:
            raise PreparedSetError(split, "is no split", f"give one of {', '.join(SPLITS)}")
        wanted = None if labels is None else self._checked_labels(labels)
        found = []
        for case in self.cases:
            if case.split == split:
                found += _slices_of(case, wanted)
        return found

    def image_yx(self, ref: SliceRef) -> np.ndarray:
        """A copy of a slice's image: uint8, (y, x) or (y, x, 3)."""
        case = self.case(ref.case_id)
        return np.array(self._map(case.image_file, case.image_shape, (np.uint8,))[ref.row])

    def labels_yx(self, ref: SliceRef) -> np.ndarray:
        """A copy of a slice's labels: uint8 or uint16, (y, x)."""
        case = self.case(ref.case_id)
        return np.array(self._map(case.labels_file, case.labels_shape, (np.uint8, np.uint16))[ref.row])

    def arrays(self, case_id: str) -> tuple[np.ndarray, np.ndarray]:
        """All kept slices, (n, y, x) or (n, y, x, 3), and their labels, (n, y, x): read-only maps."""
        case = self.case(case_id)
        return (
            self._map(case.image_file, case.image_shape, (np.uint8,)),
            self._map(case.labels_file, case.labels_shape, (np.uint8, np.uint16)),
        )

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_maps": OrderedDict()}

    def _map(self, name: str, shape: tuple[int, ...], dtypes: tuple[type, ...]) -> np.ndarray:
        if name not in self._maps:
            self._maps[name] = open_slices(self.folder / name, shape, dtypes)
            if len(self._maps) > _MOST_OPEN:
                self._maps.popitem(last=False)
        self._maps.move_to_end(name)
        return self._maps[name]

    def _checked_labels(self, labels: Iterable[int | str]) -> frozenset[int | str]:
        wanted = frozenset(labels)
        numbers = {number for case in self.cases for number in case.labels}
        names = self.label_names()
        for label in sorted(wanted, key=str):
            if label not in numbers and label not in names:
                near = difflib.get_close_matches(str(label), names, 1)
                remedy = f"did you mean {near[0]}?" if near else f"it has {', '.join(names[:12])}"
                raise PreparedSetError(self.folder, f"has no label {label}", remedy)
        return wanted


def _slices_of(case: PreparedCase, wanted: frozenset[int | str] | None) -> list[SliceRef]:
    if wanted is None:
        return [SliceRef(case.id, row, present) for row, present in enumerate(case.slice_labels)]
    chosen = {number for number, name in case.labels.items() if number in wanted or name in wanted}
    shown = [tuple(n for n in present if n in chosen) for present in case.slice_labels]
    return [SliceRef(case.id, row, present) for row, present in enumerate(shown) if present]
