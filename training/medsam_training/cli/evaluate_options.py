"""What the options of `evaluate` mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from medsam_core.errors import OptionError
from medsam_training.evaluate.asking import Asking, Kind
from medsam_training.evaluate.fusion import check_rule
from medsam_training.evaluate.measures import TOLERANCE_MM
from medsam_training.evaluate.models import ModelWish
from medsam_training.evaluate.plan import FEWEST_PIXELS, Plan
from medsam_training.evaluate.row import Tolerances

_MOST_JITTER = 1.0
_MOST_CLICKS = 1000


@dataclass(frozen=True)
class ModelOptions:
    """Options that hold for both checkpoints."""

    base: str | None
    device: str
    precision: str

    def wish(self, checkpoint: str, preset: str | None) -> ModelWish:
        """One checkpoint under them."""
        return ModelWish(checkpoint, preset, self.base, self.device, self.precision)


def plan_of(
    *,
    per: str,
    most: int | None,
    labels: str | None,
    objects: str,
    min_pixels: int | None,
    jitter: str,
    points: str | None,
    clicks: str | None,
    fuse: str | None,
    seeds: str,
    tolerance: Iterable[str],
    tolerance_pixels: float,
) -> Plan:
    """The plan.

    Raises:
        OptionError: one cannot be understood.
    """
    _one_of("--per", per, ("case", "slice"))
    _one_of("--objects", objects, ("label", "part"))
    if min_pixels is not None and per == "case":
        raise OptionError("--min-pixels", "a case is measured whole", "give --per slice, or leave it out")
    askings = [Asking("box", amount) for amount in _shares("--jitter", jitter)]
    for option, kind, text in (("--points", "points", points), ("--clicks", "clicks", clicks)):
        askings += _counted(option, kind, text)  # type: ignore[arg-type]
    return Plan(
        per=per,  # type: ignore[arg-type]
        askings=tuple(dict.fromkeys(askings)),
        seeds=whole_numbers("--seeds", seeds),
        fusions=tuple(check_rule(rule) for rule in words([fuse or ""])),
        tolerances=_tolerances(tolerance, tolerance_pixels),
        objects=objects,  # type: ignore[arg-type]
        min_pixels=FEWEST_PIXELS if min_pixels is None else min_pixels,
        labels=words([labels or ""]),
        most=most,
    )


def whole_numbers(option: str, text: str) -> tuple[int, ...]:
    """ "0,1,2" or "0 1 2" as numbers from 0, none twice.

    Raises:
        OptionError: it is none.
    """
    found = words([text.replace(" ", ",")])
    if not found or not all(word.isascii() and word.isdigit() and len(word) < 10 for word in found):
        raise OptionError(option, f"'{text[:60]}' is no list of whole numbers", "write 0,1,2")
    return tuple(dict.fromkeys(int(word) for word in found))


def words(values: Iterable[str]) -> tuple[str, ...]:
    """The words between commas."""
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _counted(option: str, kind: Kind, text: str | None) -> list[Asking]:
    counts = whole_numbers(option, text) if text is not None else ()
    for count in counts:
        if not 1 <= count <= _MOST_CLICKS:
            raise OptionError(option, f"{count} is no number of clicks", f"give 1 to {_MOST_CLICKS}")
    return [Asking(kind, count) for count in counts]


def _shares(option: str, text: str) -> list[float]:
    try:
        shares = [float(word) for word in words([text.replace(" ", ",")])]
    except ValueError:
        shares = []
    if not shares or not all(0 <= share < _MOST_JITTER for share in shares):
        raise OptionError(option, f"'{text[:60]}' is no list of shares", "write 0.05 or 0.05,0,0.1,0.2")
    return shares


def _tolerances(values: Iterable[str], pixels: float) -> Tolerances:
    mm, by_set = TOLERANCE_MM, {}
    for value in values:
        name, equals, number = value.rpartition("=")
        try:
            amount = float(number)
        except ValueError:
            amount = -1.0
        if not 0 <= amount < float("inf"):
            raise OptionError("--tolerance", f"'{value[:60]}' is no length", "write 2 or SET=1.5")
        if equals:
            by_set[name] = amount
        else:
            mm = amount
    return Tolerances(mm, pixels, tuple(sorted(by_set.items())))


def _one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise OptionError(option, f"there is no '{value}'", f"use {' or '.join(allowed)}")
