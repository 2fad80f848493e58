"""How an object is asked for: a box, clicks on it, clicks that correct, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from medsam_training.evaluate.prompt import Prompt, box_prompt, corrected, no_prompt, point_prompt
from medsam_training.evaluate.segmenter import Answer, Segmenter
from medsam_training.evaluate.subject import Subject

Kind = Literal["box", "points", "clicks", "none"]
Ask = Callable[[Sequence[Prompt]], list[Answer]]


@dataclass(frozen=True)
class Asking:
    """One way to ask.

    Attributes:
        kind: "box"; "points": so many on the object at once; "clicks": one in its middle, then each where
            the answer before was most wrong; "none": for networks of fixed classes.
        amount: of a box the share of its side by which an edge may be off; else the number of clicks.
    """

    kind: Kind
    amount: float = 0

    def __str__(self) -> str:
        if self.kind == "box":
            return f"box ±{self.amount * 100:g} %" if self.amount else "box"
        if self.kind == "none":
            return "no prompt"
        word = self.kind if self.amount != 1 else self.kind[:-1]
        return f"{self.amount:g} {word}"

    @property
    def is_random(self) -> bool:
        """Whether another seed gives another prompt."""
        return (self.kind == "box" and self.amount > 0) or (self.kind == "points" and self.amount > 1)

    def suits(self, segmenter: Segmenter) -> bool:
        """Whether a segmenter can be asked so."""
        if self.kind == "none":
            return not (segmenter.takes_boxes or segmenter.takes_points)
        return segmenter.takes_boxes if self.kind == "box" else segmenter.takes_points

    def answers(self, subjects: Sequence[Subject], seed: int, ask: Ask) -> list[Answer]:
        """Ask for some objects of one slice."""
        if self.kind == "none":
            return ask([no_prompt(subject) for subject in subjects])
        if self.kind == "box":
            return ask([box_prompt(subject, self.amount, seed) for subject in subjects])
        first = 1 if self.kind == "clicks" else int(self.amount)
        prompts = [point_prompt(subject, first, seed) for subject in subjects]
        found = ask(prompts)
        for _ in range(int(self.amount) - first):
            rounds = zip(prompts, subjects, found, strict=True)
            prompts = [corrected(prompt, subject, answer.mask_yx) for prompt, subject, answer in rounds]
            found = ask(prompts)
        return found
