"""From a name or a path to a model that is ready to run."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.checkpoints.loaded_checkpoint import LoadedCheckpoint, inspect_checkpoint, open_checkpoint
from medsam_core.checkpoints.names import locate_checkpoint
from medsam_core.errors import CheckpointError, DeviceError
from medsam_core.inference.backend import Backend
from medsam_core.inference.device import Placement, choose_placement, may_use_openvino
from medsam_core.inference.model import Model
from medsam_core.inference.presets import find_preset

NameOrPath = str | os.PathLike[str]
Progress = Callable[[int, int, str], None]


def load_model(
    name_or_path: NameOrPath = "demo",
    device: str = "auto",
    precision: str = "auto",
    *,
    backend: str = "auto",
    preset: str | None = None,
    base: NameOrPath | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    threads: int | None = None,
    compile_encoder: bool = False,
) -> Model:
    """Open a checkpoint of any known format and put its network where it runs best.

    On a CPU a large network is run by OpenVINO, if that is installed. The first time it is converted, which
    takes about half a minute for ViT-B and is kept in the user's cache folder.

    Args:
        name_or_path: "demo", a name of ``medsam-slicer models list``, or a path.
        device, precision, backend: see `choose_placement`.
        preset: preprocessing preset in place of the one that the checkpoint suggests.
        base: the SAM checkpoint that a difference was trained on; a name or a path.
        progress: called with (steps done, steps, what is being done) while something takes long.
        cancel: asked while something takes long; True ends it.
        threads: CPU threads of the OpenVINO backend; as many as PyTorch or there are cores otherwise.
        compile_encoder: run PyTorch's encoder through ``torch.compile``; see `TorchBackend`.

    Raises:
        CheckpointError: it cannot be read, recognised or used.
        OptionError: no such preset.
        DeviceError: what was asked for is not there, or the network could not be converted and
            `backend` is "openvino".
        Cancelled: `cancel` returned True.
    """
    wish = _Wish(device, precision, backend)
    choose_placement(device, precision, backend)  # a bad option is told before a large file is read
    if preset is not None:
        find_preset(preset)
    notes: list[str] = []
    source = _Source(name_or_path, base, preset)
    ready: Backend | None = None
    if may_use_openvino(device, backend):
        info = source.inspect()
        ready = _on_openvino(source, info, wish, notes, progress, cancel, threads)
    if ready is None:
        if progress is not None:
            progress(0, 1, "reading the checkpoint")
        loaded = source.open()
        info = loaded.info
        ready = _on_torch(loaded, wish, notes, compile_encoder)
    return _model(info, ready, notes)


@dataclasses.dataclass(frozen=True)
class _Wish:
    device: str
    precision: str
    backend: str

    def placement(self, parameters: int) -> Placement:
        return choose_placement(self.device, self.precision, self.backend, parameters=parameters)


@dataclasses.dataclass(frozen=True)
class _Source:
    name_or_path: NameOrPath
    base: NameOrPath | None
    preset: str | None

    def open(self) -> LoadedCheckpoint:
        return open_checkpoint(self.name_or_path, base=self.base, preset=self.preset)

    def inspect(self) -> CheckpointInfo:
        info = inspect_checkpoint(self.name_or_path, base=self.base, preset=self.preset)
        if info.needs_base:
            problem, remedy = (
                f"is only a difference ({info.format})",
                "give the SAM it was trained on as base",
            )
            raise CheckpointError(info.path, problem, f"{remedy} (--base)")
        return info

    @property
    def paths(self) -> tuple[Path, Path | None]:
        return locate_checkpoint(self.name_or_path), locate_checkpoint(self.base) if self.base else None


def _on_openvino(
    source: _Source,
    info: CheckpointInfo,
    wish: _Wish,
    notes: list[str],
    progress: Progress | None,
    cancel: Callable[[], bool] | None,
    threads: int | None,
) -> Backend | None:
    """The OpenVINO backend, or None where PyTorch is to do it."""
    placement = wish.placement(info.parameters)
    if placement.backend != "openvino":
        return None
    if info.architecture is not None and info.architecture.family == "demo":
        # OpenVINO 2026.4 crashes while compiling its decoder; the converter would end after a minute.
        if wish.backend != "openvino":
            return None
        raise DeviceError("backend openvino", "it cannot run the demo network", "use backend torch")
    # PyTorch's users need no OpenVINO.
    from medsam_core.inference.openvino_backend import OpenVINOBackend
    from medsam_core.inference.openvino_process import ConversionError, converted

    checkpoint, base = source.paths
    try:
        files = converted(checkpoint, info.identity, base=base, progress=progress, cancel=cancel)
        return OpenVINOBackend(files, placement, threads=threads, notes=notes)
    except ConversionError as error:
        if wish.backend == "openvino":
            raise
        notes.append(f"Run by PyTorch, which is slower here: {error.subject} {error.problem}.")
        return None


def _on_torch(loaded: LoadedCheckpoint, wish: _Wish, notes: list[str], compile_encoder: bool) -> Backend:
    from medsam_core.inference.torch_backend import TorchBackend

    placement = wish.placement(loaded.info.parameters)
    if placement.backend != "torch":  # OpenVINO was chosen and could not take it
        placement = dataclasses.replace(
            placement, backend="torch", reason=f"{placement.reason} PyTorch after all: the conversion failed."
        )
    return TorchBackend(loaded.network, placement, notes=notes, compile_encoder=compile_encoder)


def _model(info: CheckpointInfo, backend: Backend, notes: list[str]) -> Model:
    row = find_preset(info.preset)
    if row.image_size != backend.image_size:
        row = dataclasses.replace(row, image_size=backend.image_size)
    return Model(info.name, info, row, backend, notes)
