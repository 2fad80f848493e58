"""Which cases learn, which choose, which test: by patient, never by slice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medsam_training.prepare.errors import LeakError, SourceError
from medsam_training.prepared_set.prepared_case import SPLITS, Split

_SHOWN = 3


@dataclass(frozen=True)
class SplitRule:
    """How splits are drawn.

    Attributes:
        parts: shares of train, val and test.
        seed: of the draw.
        redraw: draw for cases too whose source gives a split.
        given: id or group to split, from a file; goes before all.
    """

    parts: tuple[float, float, float] = (80.0, 10.0, 10.0)
    seed: int = 0
    redraw: bool = False
    given: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str | None, seed: int = 0) -> SplitRule:
        """From ``A/B/C`` (redraws all), a JSON file ``{"train": [ids or groups], ...}``, or None.

        Raises:
            SourceError: it is neither.
        """
        if text is None:
            return cls(seed=seed)
        if text.lower().endswith(".json"):
            return cls(seed=seed, given=_read(Path(text)))
        try:
            train, val, test = (float(part) for part in text.split("/"))
        except ValueError:
            train = val = test = -1.0
        if min(train, val, test) < 0 or not 0 < train + val + test < float("inf"):
            raise SourceError("--split", f"'{text[:60]}' is not understood", "write 80/10/10 or give a .json")
        return cls((train, val, test), seed, redraw=True)

    def to_json(self) -> dict[str, object]:
        """For the manifest."""
        return {
            "parts": list(self.parts),
            "seed": self.seed,
            "redraw": self.redraw,
            "given": bool(self.given),
        }


@dataclass(frozen=True)
class SplitMember:
    """What a split has to know of a case.

    Attributes:
        id: of the case.
        stratum: splits are drawn within each of these, so that every set is in every split.
        group: patient.
        content: hash of the image.
        split: the one its source gives, or None.
    """

    id: str
    stratum: str
    group: str
    content: str = ""
    split: str | None = None


def given_splits(members: Iterable[SplitMember], rule: SplitRule) -> dict[str, str]:
    """The splits that are given, by file or by the sources, for their cases.

    Raises:
        LeakError: a group has two.
    """
    listed = dict(rule.given)
    found: dict[str, str] = {}
    first: dict[str, SplitMember] = {}
    for member in members:
        split = listed.get(member.id) or listed.get(member.group) or (None if rule.redraw else member.split)
        if split is None:
            continue
        found[member.id] = split
        other = first.setdefault(member.group, member)
        if found[other.id] != split:
            problem = f"is in {found[other.id]} ({other.id}) and in {split} ({member.id})"
            raise LeakError(f"group {member.group}", problem, "put all cases of a patient into one split")
    return found


def check_listed(members: Iterable[SplitMember], rule: SplitRule) -> None:
    """Refuse a file of splits that names what is not there: a typo would put a case elsewhere.

    Raises:
        SourceError: names the first few.
    """
    known = {name for member in members for name in (member.id, member.group)}
    missing = sorted(dict(rule.given).keys() - known)
    if missing:
        shown = ", ".join(missing[:_SHOWN])
        raise SourceError("--split", f"names {len(missing)} cases that are not there ({shown})", "correct it")


def assign_splits(members: Sequence[SplitMember], rule: SplitRule) -> dict[str, Split]:
    """A split for every case. Those not given are drawn by group; equal images count as one group.

    The draw depends on the seed and the names of groups only, not on their order.

    Raises:
        LeakError: a group, or one image, would be in two splits.
    """
    given = given_splits(members, rule)
    families = _families(members)
    strata: dict[str, dict[str, None]] = {}
    fixed: dict[str, tuple[str, SplitMember]] = {}
    home: dict[str, str] = {}
    for member in members:
        family = families[member.id]
        stratum = home.setdefault(family, member.stratum)
        strata.setdefault(stratum, {})[family] = None
        if member.id in given:
            split, other = fixed.setdefault(family, (given[member.id], member))
            if split != given[member.id]:
                raise _leak(other, split, member, given[member.id])
    drawn = {family: split for family, (split, _) in fixed.items()}
    for found in strata.values():
        drawn |= _drawn([family for family in found if family not in fixed], rule)
    return {member.id: drawn[families[member.id]] for member in members}


def same_images(members: Sequence[SplitMember], rule: SplitRule) -> dict[str, str]:
    """Cases of groups that share an image with a group in another given split: id to the case that stays.

    Test goes before validation and that before training; a group goes as a whole, since one equal image
    means one patient under two names.
    """
    given = given_splits(members, rule)
    order = {split: n for n, split in enumerate(reversed(SPLITS))}
    by_content: dict[str, list[SplitMember]] = {}
    for member in members:
        if member.id in given and member.content:
            by_content.setdefault(member.content, []).append(member)
    doomed: dict[str, str] = {}
    for same in by_content.values():
        best = min(same, key=lambda m: (order[given[m.id]], m.id))
        for member in same:
            if given[member.id] != given[best.id]:
                doomed.setdefault(member.group, best.id)
    return {member.id: doomed[member.group] for member in members if member.group in doomed}


def _leak(a: SplitMember, split_a: str, b: SplitMember, split_b: str) -> LeakError:
    if a.content and a.content == b.content:
        problem = f"has the same image as {b.id}, but is in {split_a} and the other in {split_b}"
        return LeakError(a.id, problem, "take one out, or pass --drop-duplicates")
    problem = f"shares a patient or an image with {b.id}, but is in {split_a} and the other in {split_b}"
    return LeakError(a.id, problem, "put all of them into one split")


def _families(members: Iterable[SplitMember]) -> dict[str, str]:
    """Case to family: the closure of sharing a group or an image, named by its smallest group."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    owner: dict[str, str] = {}
    listed = list(members)
    for member in listed:
        a, b = root(member.group), root(owner.setdefault(member.content or member.id, member.group))
        parent[max(a, b)] = min(a, b)
    return {member.id: root(member.group) for member in listed}


def _drawn(families: Sequence[str], rule: SplitRule) -> dict[str, Split]:
    """Families in an order that their names and the seed decide, cut by the shares."""
    ordered = sorted(families, key=lambda name: (_luck(name, rule.seed), name))
    val, test = _counts(len(ordered), rule.parts)
    ends = [("test", test), ("val", test + val), ("train", len(ordered))]
    return {
        name: next(split for split, end in ends if place < end)  # type: ignore[misc]
        for place, name in enumerate(ordered)
    }


def _counts(count: int, parts: tuple[float, float, float]) -> tuple[int, int]:
    """How many are for validation and test: the nearest number, but one of each where three are there."""
    shares = [part / sum(parts) * count for part in parts]
    val, test = (max(round(n), 1 if n > 0 and count >= 3 else 0) for n in shares[1:])
    if not parts[0]:
        val = min(val, count) if parts[2] else count
        return val, count - val
    while 0 < val + test >= count:  # one at least is left to learn from
        val, test = (val - 1, test) if val >= test else (val, test - 1)
    return val, test


def _luck(name: str, seed: int) -> bytes:
    return hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=16).digest()


def _read(path: Path) -> tuple[tuple[str, str], ...]:
    remedy = 'write {"train": [ids or groups], "val": [...], "test": [...]}'
    try:
        value: Mapping[str, Sequence[str]] = json.loads(path.read_text(encoding="utf-8-sig"))
        pairs = [(str(name), split) for split, names in value.items() for name in names]
    except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
        raise SourceError(path, "cannot be read as splits", remedy) from error
    unknown = sorted(set(value) - set(SPLITS))
    if unknown:
        raise SourceError(path, f"has the split '{unknown[0]}'", f"use {', '.join(SPLITS)}")
    seen: dict[str, str] = {}
    for name, split in pairs:
        if seen.setdefault(name, split) != split:
            raise LeakError(name, f"is in {seen[name]} and in {split} of {path}", "put it into one")
    return tuple(sorted(seen.items()))
