"""Which model answers: offered, loaded beside the page, described in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.checkpoints.catalog import CATALOG, fetched_path
from medsam_core.errors import OptionError
from medsam_viewer.messages import Messages
from medsam_viewer.options import ViewOptions

if TYPE_CHECKING:
    from trame_server.state import State

    from medsam_core.inference.model import Model

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt", ".bin")
"""Of files that are offered as checkpoints; what they are is told by their content."""

Loaded = Callable[["Model"], None]


class ModelChooser:
    """Keeps the one in use until another one is ready.

    Args:
        state: of the page.
        messages: for what went wrong.
        options: of the command line: the first model, device and precision.
        loaded: is given a model that is ready.
    """

    def __init__(self, state: State, messages: Messages, options: ViewOptions, loaded: Loaded) -> None:
        self._state, self._messages, self._options, self._loaded = state, messages, options, loaded
        self._files: dict[str, Path] = {}
        self._loading = asyncio.Lock()
        state.update(model_status="Loading the model …", model="", model_info=[], model_loading="")
        self._offer()

    async def begin(self) -> None:
        """Load the one of the command line."""
        name = self._options.model
        if name not in CATALOG:
            self._files[name] = Path(name)
            self._offer()
        await self._load(name)

    async def choose(self, name: str) -> None:
        """Load one of those that are offered."""
        with self._messages.edge():
            if name not in _known() and name not in self._files:
                raise OptionError("model", "is not offered here", "choose one from the list")
            if name != self._state.model:
                await self._load(str(name))

    async def open_file(self, path: Path) -> None:
        """Load a checkpoint."""
        self._files[str(path)] = path
        await self._load(str(path))

    async def _load(self, name: str) -> None:
        async with self._loading:
            before = self._state.model
            self._say(f"Loading {_shown(name)} …")
            try:
                with self._messages.edge():
                    model = await self._read(name)
                    self._loaded(model)
                    before = name
                    self._show(model)
            finally:
                if before != name:
                    self._files.pop(name, None)
                if not before:
                    self._state.model_status = "No model"
                self._offer()
                self._state.model = before
                self._say("")

    async def _read(self, name: str) -> Model:
        loop = asyncio.get_running_loop()

        def progress(done: int, steps: int, what: str) -> None:
            text = f"{_shown(name)}: {what} ({100 * done // max(steps, 1)} %)"
            loop.call_soon_threadsafe(self._say, text)

        return await loop.run_in_executor(None, _load, name, self._options, progress)

    def _say(self, text: str) -> None:
        self._state.model_loading = text
        self._state.flush()

    def _show(self, model: Model) -> None:
        place = model.placement
        device = "GPU" if place.device.startswith("cuda") else place.device.upper()
        self._state.model_status = f"Ready – {model.name} model on {device}"
        rows = [line.partition(":")[::2] for line in model.info.describe().splitlines()]
        rows += [("runs on", f"{device}, {place.precision}, by {place.backend}. {place.reason}")]
        rows += [("note", note) for note in model.notes]
        self._state.model_info = [{"what": what, "text": text.strip()} for what, text in rows]

    def _offer(self) -> None:
        rows = [{"title": name, "value": name} for name in _known()]
        rows += [{"title": path.name, "value": name} for name, path in self._files.items()]
        self._state.models = rows


def _known() -> list[str]:
    """Published models that are on this machine."""
    return [name for name, row in CATALOG.items() if row.bundled or fetched_path(row).is_file()]


def _shown(name: str) -> str:
    return name if name in CATALOG else Path(name).name


def _load(name: str, options: ViewOptions, progress: Callable[[int, int, str], None]) -> Model:
    """In a thread of its own: importing PyTorch alone takes seconds, and the volume is on show by then."""
    from medsam_core.inference.load import load_model

    return load_model(name, device=options.device, precision=options.precision, progress=progress)
