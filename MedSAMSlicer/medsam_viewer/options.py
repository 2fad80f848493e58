"""What a viewer is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ViewOptions:
    """The words after `medsam-slicer view`.

    Attributes:
        image: shown first; None for an empty viewer.
        image_name: what to call it; the file's own name if empty.
        segmentations: laid over it.
        folders: only from here, and what is named above, can files be opened.
        host: address to listen on.
        port: 0 for any free one.
        model: a name or path, as `load_model` takes it.
        device, precision: likewise.
    """

    image: Path | None = None
    image_name: str = ""
    segmentations: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()
    host: str = LOOPBACK
    port: int = 0
    model: str = "demo"
    device: str = "auto"
    precision: str = "auto"
