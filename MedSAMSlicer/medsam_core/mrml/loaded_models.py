"""Models that were loaded, kept so that asking again costs nothing."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from medsam_core.checkpoints.names import locate_checkpoint

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

NameOrPath = str | os.PathLike[str]

# A large model takes 2.5 GB of memory.
_MOST = 2


class LoadedModels:
    """The models used last. A file that was replaced is loaded anew."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[object, ...], Model] = OrderedDict()

    def get(
        self,
        model: NameOrPath | Model,
        *,
        device: str = "auto",
        precision: str = "auto",
        progress: Callable[[int, int, str], None] | None = None,
        cancel: Callable[[], bool] | None = None,
    ) -> Model:
        """A model by name or path, see `load_model`; one that is loaded is given back as it is."""
        if not isinstance(model, str | os.PathLike):
            return model
        path = locate_checkpoint(model)
        stat = path.stat()
        key = (str(path.resolve()), stat.st_mtime_ns, stat.st_size, device, precision)
        if key not in self._held:
            from medsam_core.inference.load import load_model

            loaded = load_model(model, device, precision, progress=progress, cancel=cancel)
            while len(self._held) >= _MOST:
                self._held.popitem(last=False)
            self._held[key] = loaded
        self._held.move_to_end(key)
        return self._held[key]
