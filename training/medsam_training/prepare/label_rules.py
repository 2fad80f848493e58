"""Which labels are wanted, under which numbers and names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import CaseError, SourceError
from medsam_training.prepare.readers.loaded_case import LoadedCase
from medsam_training.prepare.sources.json_file import label_names

_TOUCHING = np.ones((3, 3, 3), bool)  # 26 neighbours, as MedSAM's scripts
_LARGEST_LABEL = 65535


@dataclass(frozen=True)
class LabelRules:
    """What becomes of the numbers in masks. Labels are meant by number or, where a file names them, by name.

    Attributes:
        names: number to name of the labels wanted; none: whatever the masks hold. Any other label in a mask
            is then an error of its case.
        merge: label to label that takes it up.
        remove: labels that become background.
        instances: labels whose connected parts become labels of their own (MedSAM does so with tumours).
    """

    names: Mapping[int, str]
    merge: Mapping[str, str]
    remove: frozenset[str]
    instances: frozenset[str]

    @classmethod
    def parse(
        cls,
        labels: str | None = None,
        merge: Iterable[str] = (),
        remove: Iterable[str] = (),
        instances: Iterable[str] = (),
    ) -> LabelRules:
        """Rules from options: ``1=liver,2=kidney`` or a JSON file; ``2,3:1``; ``12,tumour``; ``tumour``.

        Raises:
            SourceError: one cannot be understood.
        """
        return cls(
            _parsed_names(labels),
            _parsed_merges(merge),
            frozenset(_words(remove)),
            frozenset(_words(instances)),
        )

    def apply(self, source: CaseSource, loaded: LoadedCase) -> tuple[np.ndarray, dict[int, str]]:
        """The labels (k, j, i) under their final numbers, and the names of those that are there.

        Raises:
            CaseError: a label is not among those wanted, or not among those that the source names.
        """
        known = {**(source.labels or {}), **loaded.names}
        labels, present = loaded.labels_kji, present_labels(loaded.labels_kji)
        where = source.mask or source.image
        table = {number: self._target(where, number, source, loaded.names) for number in present}
        if any(number != target for number, target in table.items()):
            labels = _renumbered(labels, table)
        names = {n: self._name(n, known, source) for n in sorted(set(table.values()) - {0})}
        return self._split_up(where, labels, names)

    def _target(self, where: Path, number: int, source: CaseSource, own: Mapping[int, str]) -> int:
        """The final number of a label; `own` are the names that the mask file itself gives."""
        known = {**(source.labels or {}), **own}
        words = _meant_by(number, known)
        if words & self.remove:
            return 0
        taken = next((self.merge[word] for word in sorted(words) if word in self.merge), None)
        if taken is not None:
            return self._resolved(where, taken, known)
        if self.names and number in own:  # a file that names its segments numbers them as it likes
            wanted = {name.lower(): n for n, name in self.names.items()}
            number, allowed = wanted.get(own[number].lower(), -number), self.names
        else:
            allowed = self.names or ({**source.labels, **own} if source.labels else {})
        if allowed and number not in allowed:
            raise self._unknown(where, abs(number), known, allowed)
        return number

    def _resolved(self, where: Path, word: str, known: Mapping[int, str]) -> int:
        if word.isdigit():
            return int(word)
        for names in (self.names, known):
            for number, name in names.items():
                if name.lower() == word:
                    return number
        raise CaseError(
            where, f"has no label {word} to merge into", "give its number, or name it in --labels"
        )

    def _name(self, number: int, known: Mapping[int, str], source: CaseSource) -> str:
        if source.instances and number not in self.names:
            return "object"
        return self.names.get(number) or known.get(number) or f"label {number}"

    def _unknown(
        self, where: Path, number: int, known: Mapping[int, str], allowed: Mapping[int, str]
    ) -> CaseError:
        named = f" ({known[number]})" if number in known else ""
        shown = ", ".join(f"{n} {name}" for n, name in list(allowed.items())[:8])
        more = ", ..." if len(allowed) > 8 else ""
        problem = f"holds label {number}{named}, the labels are {shown}{more}"
        return CaseError(where, problem, f"name it with --labels, or leave it out with --remove {number}")

    def _split_up(
        self, where: Path, labels: np.ndarray, names: dict[int, str]
    ) -> tuple[np.ndarray, dict[int, str]]:
        for number, name in list(names.items()):
            if not self.instances & _meant_by(number, names):
                continue
            parts, count = ndimage.label(labels == number, _TOUCHING)
            first = max(names) + 1
            if first + count - 2 > _LARGEST_LABEL:
                raise CaseError(where, f"{name} has {count} parts", "leave out --instances")
            labels = labels.astype(np.uint16) if first + count - 2 > 255 else labels
            for part in range(2, count + 1):  # the first keeps the number
                labels[parts == part] = first + part - 2
                names[first + part - 2] = name
        return labels, names


def present_labels(labels_kji: np.ndarray) -> list[int]:
    """The numbers in a label map but 0; slice by slice, to need little memory."""
    seen = np.zeros(np.iinfo(labels_kji.dtype).max + 1, bool)
    for slice_yx in labels_kji:
        seen[slice_yx] = True
    seen[0] = False
    return np.flatnonzero(seen).tolist()


def _renumbered(labels: np.ndarray, table: Mapping[int, int]) -> np.ndarray:
    largest = max(table.values(), default=0)
    lookup = np.zeros(np.iinfo(labels.dtype).max + 1, np.uint8 if largest <= 255 else np.uint16)
    for number, target in table.items():
        lookup[number] = target
    return lookup[labels]


def _meant_by(number: int, names: Mapping[int, str]) -> set[str]:
    return {str(number), *([names[number].lower()] if number in names else [])}


def _words(values: Iterable[str]) -> list[str]:
    return [word.strip().lower() for value in values for word in value.split(",") if word.strip()]


def _parsed_merges(values: Iterable[str]) -> dict[str, str]:
    found = {}
    for value in values:
        sources, colon, target = value.rpartition(":")
        if not colon or not target.strip() or not _words([sources]):
            raise SourceError(
                "--merge", f"'{value}' is not understood", "write LABEL,LABEL:LABEL, as in 2,3:1"
            )
        target = target.strip().lower()
        if target.isdigit() and not 0 < int(target) <= _LARGEST_LABEL:
            raise SourceError("--merge", f"{target} is no label", f"give one of 1 to {_LARGEST_LABEL}")
        found |= dict.fromkeys(_words([sources]), target)
    return found


def _parsed_names(value: str | None) -> dict[int, str]:
    if value is None:
        return {}
    if value.lower().endswith(".json"):
        return _names_of_file(Path(value))
    pairs = [part.partition("=") for part in value.split(",")]
    if not all(number.strip().isdigit() and name.strip() for number, _, name in pairs):
        problem = f"'{value[:60]}' is not understood"
        raise SourceError("--labels", problem, "write NUMBER=NAME,NUMBER=NAME or give a .json file")
    return {int(number): name.strip() for number, _, name in pairs}


def _names_of_file(path: Path) -> dict[int, str]:
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(path, "cannot be read as JSON", 'write {"1": "liver", "2": "kidney"}') from error
    return label_names(path, value.get("labels", value) if isinstance(value, dict) else value)
