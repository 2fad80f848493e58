"""Cases of the CVPR 2024 challenge: .npz with imgs, gts, spacing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.modality import short_modality


def recognises(source: Path) -> bool:
    """An .npz file, or a folder that holds some at any depth."""
    if source.is_dir():
        return any(_archives(source))
    return source.suffix == ".npz" and source.is_file()


def find(source: Path) -> list[CaseSource]:
    """A case for each file; the modality is the first word of its name, as the challenge names them."""
    files = [source] if source.is_file() else sorted(_archives(source))
    root = source.parent if source.is_file() else source
    return [
        CaseSource(
            "_".join(path.relative_to(root).with_suffix("").parts),
            root.resolve().name,
            path,
            kind="npz",
            modality=short_modality(path.stem.split("_")[0]),
        )
        for path in files
    ]


def _archives(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*.npz") if not path.name.startswith("."))
