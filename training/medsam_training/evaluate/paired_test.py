"""Whether one segmenter is better than another on the same patients."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import wilcoxon

from medsam_training.evaluate.row import Row
from medsam_training.evaluate.summary import patient_means

FEWEST = 6  # with five patients the smallest two-sided p is 0.0625
CLEAR = 0.05


@dataclass(frozen=True)
class PairedTest:
    """A two-sided Wilcoxon signed-rank test on patients' mean DSC.

    Attributes:
        before, after: means over the patients.
        n: patients.
        unit: "cases" where every patient has one, else "patients".
        p: chance of ranks this far apart if neither were better; 1 where nothing differs.
    """

    before: float
    after: float
    n: int
    unit: str
    p: float

    def sentence(self, name: str, split: str = "test", other: str | None = None) -> str:
        """As in "LoRA raised test Dice from 0.71 to 0.84 (n = 8 cases, p = 0.008)".

        Args:
            name: of the segmenter after.
            split: what was measured on, "" to leave it out.
            other: of the segmenter before, named where given.
        """
        first, last = _told_apart(self.before, self.after)
        verb = "kept" if first == last else "raised" if self.after > self.before else "lowered"
        unit = self.unit if self.n != 1 else self.unit[:-1]
        before = f"{other}'s {first}" if other else first
        dice = f"{split} Dice".strip()
        found = f"(n = {self.n} {unit}, {_p_value(self.p)})"
        return f"{name} {verb} {dice} from {before} to {last} {found}{self._caveat}"

    @property
    def _caveat(self) -> str:
        if self.n < FEWEST:
            return f"; fewer than {FEWEST} {self.unit} cannot show a difference"
        return "" if self.p < CLEAR else "; this may be chance"


def paired_test(before: Sequence[Row], after: Sequence[Row]) -> PairedTest | None:
    """Compare two segmenters on the patients that both were measured on; None where there are none."""
    first, second = patient_means(before), patient_means(after)
    shared = sorted(first.keys() & second.keys())
    if not shared:
        return None
    a, b = (np.array([means[key] for key in shared]) for means in (first, second))
    cases = {(row.set_name, row.case_id) for row in after if (row.set_name, row.patient) in first}
    unit = "cases" if len(cases) == len(shared) else "patients"
    return PairedTest(float(a.mean()), float(b.mean()), len(shared), unit, _wilcoxon(a, b))


def _told_apart(before: float, after: float) -> tuple[str, str]:
    """Two digits, or three where two do not show the difference."""
    digits = 2 if before == after or f"{before:.2f}" != f"{after:.2f}" else 3
    return f"{before:.{digits}f}", f"{after:.{digits}f}"


def _wilcoxon(a: np.ndarray, b: np.ndarray) -> float:
    if np.array_equal(a, b):
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that few pairs make p coarse is said in the sentence
        return float(wilcoxon(b, a).pvalue)


def _p_value(p: float) -> str:
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.095 else f"p = {p:.2f}"
