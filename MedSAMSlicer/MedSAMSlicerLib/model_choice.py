"""Which model is to answer, and where it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelChoice:
    """What a user chose in the panel.

    Attributes:
        name_or_path: "demo", a name of the catalog, or the path of a checkpoint.
        device: "auto", "cpu", "cuda", "cuda:1" or "mps".
        precision: "auto", "fp32", "bf16" or "fp16".
    """

    name_or_path: str = "demo"
    device: str = "auto"
    precision: str = "auto"
