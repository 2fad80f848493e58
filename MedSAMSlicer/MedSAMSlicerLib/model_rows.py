"""The models a user can choose from: the bundled one, those we know of, own checkpoints."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from MedSAMSlicerLib.progress_words import size_words

CHECKPOINT_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors", ".bin")


@dataclass(frozen=True)
class ModelRow:
    """One line of the list.

    Attributes:
        value: what `load_model` takes: a name of the catalog, or a path.
        title: shown.
        detail: what it is, its size, licence and checksum.
        is_here: whether it is on this machine.
        url: address to fetch it from; "" if it cannot be fetched.
        where: a page to get it from by hand.
        size: in bytes; None if nobody says.
    """

    value: str
    title: str
    detail: str = ""
    is_here: bool = True
    url: str = ""
    where: str = ""
    size: int | None = None

    @property
    def can_fetch(self) -> bool:
        """Whether a click brings it."""
        return not self.is_here and bool(self.url)

    @property
    def fetch_title(self) -> str:
        """What the button says."""
        return f"Download ({size_words(self.size)})" if self.size else "Download"


_CHECKSUM_LINE = 36
"""Signs of a checksum on one line: as one word it would make the panel wider than its place."""

BUNDLED = ModelRow("demo", "demo - comes with MedSAM")
"""What can be listed before the packages are installed."""


def known_rows() -> tuple[ModelRow, ...]:
    """The models of the catalog, the bundled one first. Needs the packages, but not PyTorch."""
    from medsam_core.checkpoints.catalog import CATALOG, CatalogRow, fetched_path

    def made(row: CatalogRow) -> ModelRow:
        is_here = row.bundled or fetched_path(row).is_file()
        note = "comes with MedSAM" if row.bundled else "on this computer" if is_here else "to be downloaded"
        checksum = f"sha256 {row.sha256}" if row.sha256 else f"md5 {row.md5}" if row.md5 else ""
        facts = [f"Licence: {row.licence}", *([size_words(row.bytes)] if row.bytes else [])]
        by_hand = (
            "" if row.url or row.bundled or is_here else f"\nGet it from {row.where} and drop the file here."
        )
        return ModelRow(
            row.name,
            f"{row.name} - {note}",
            "\n".join([row.description, ", ".join(facts), *textwrap.wrap(checksum, _CHECKSUM_LINE)])
            + by_hand,
            is_here,
            (row.url or "") if row.verifiable else "",
            row.where,
            row.bytes,
        )

    return tuple(made(row) for row in CATALOG.values())


def own_row(path: str) -> ModelRow:
    """A checkpoint that the user chose."""
    return ModelRow(path, Path(path).name, path)


def is_checkpoint(path: str) -> bool:
    """Whether a dropped file may be a checkpoint, by its name; what it really is shows when it is read."""
    return path.lower().endswith(CHECKPOINT_SUFFIXES)
