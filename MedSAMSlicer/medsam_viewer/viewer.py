"""Puts the parts of the face together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trame.app import get_server
from trame_slicer.core import SlicerApp

from medsam_core.interaction.mark_tool import MarkTool
from medsam_core.jobs.worker import Worker
from medsam_core.mrml.saved_segments import AddedSegments
from medsam_core.saved_segmentation import SavedSegmentation
from medsam_core.segmentation_reader import SUFFIXES as SEGMENTATIONS
from medsam_core.segmentation_reader import is_segmentation
from medsam_core.session.late_handler import LateHandler
from medsam_core.volume import Volume
from medsam_core.volume_reader import READERS
from medsam_viewer import client
from medsam_viewer.actions import Actions
from medsam_viewer.allowed_folders import AllowedFolders
from medsam_viewer.answers import Answers
from medsam_viewer.brightness_state import BrightnessState
from medsam_viewer.door import ASKED_FIRST, Door, where_to_connect
from medsam_viewer.door_protocol import DoorProtocol
from medsam_viewer.file_dialog import FileDialog, FileKind
from medsam_viewer.messages import Messages
from medsam_viewer.model_chooser import SUFFIXES, ModelChooser
from medsam_viewer.options import ViewOptions
from medsam_viewer.panel.page import LOST, build_page
from medsam_viewer.pointer import Pointer
from medsam_viewer.segmentation_chooser import SegmentationChooser
from medsam_viewer.series_question import SeriesQuestion
from medsam_viewer.shown_state import ShownState
from medsam_viewer.slice_pane import SlicePane
from medsam_viewer.tools import BrightnessTool, ToolInUse
from medsam_viewer.unsaved_question import UnsavedQuestion
from medsam_viewer.uploads import PATH as UPLOAD_PATH
from medsam_viewer.uploads import Uploads
from medsam_viewer.views import Views
from medsam_viewer.volume_chooser import VolumeChooser
from medsam_viewer.workplace import Workplace

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

CALLED_BY_NAME = (
    *("key", "browse", "choose", "choose_model", "upload_begin", "upload_end", "upload_broke_off"),
    "answer_unsaved",
)
"""Actions that scripts call: those in client/, and tests."""

TAKE_TIME = ("choose", "open_folder", "choose_model", "upload_end")
"""Actions during which the page goes on."""

OPEN = "Open a volume, or a segmentation of it"


class Viewer:
    """One process, one session, one browser. To be made while the event loop runs.

    Args:
        options: of the command line.

    Attributes:
        server: trame's.
        door: who may come in.
    """

    def __init__(self, options: ViewOptions) -> None:
        self._options = options
        self._tasks: set[asyncio.Future[None]] = set()
        folders = AllowedFolders(options.folders, options.image)
        self.door = Door()
        self.server = get_server("medsam", client_type="vue3")
        self._state = self.server.state
        self._state.update(trame__title="MedSAM", trame__template_error=LOST)
        self.server.enable_module(client)
        self._bind_door()
        self._worker = Worker(LateHandler(), wake=lambda: self._answers.wake())
        self._slicer = SlicerApp()  # its logics keep colour tables and factories alive
        self._messages = Messages(self._state)
        self._views = Views(self.server, self._slicer)
        self._work = Workplace(self._slicer.scene, self._views, self._worker, self._changed)
        self._shown = ShownState(self._state, self._work, self._views.panes)
        self._brightness = BrightnessState(self._state, self._work)
        self._answers = Answers(
            asyncio.get_running_loop(), self._state, self._work, self._shown, self._messages, self._brightness
        )
        self._question = SeriesQuestion(self._state)
        self._unsaved = UnsavedQuestion(self._state)
        reading = asyncio.Lock()
        self._chooser = VolumeChooser(
            self._state, self._messages, reading, self._question, self._may_leave, self._open
        )
        self._saved = SegmentationChooser(self._state, self._messages, reading, self._add_saved)
        self._models = ModelChooser(self._state, self._messages, options, self._use_model)
        openers = {"volume": self._open_file, "segmentation": self._open_saved}
        self._uploads = Uploads(self._state, self._messages, openers)
        kinds = {
            "volume": FileKind(OPEN, tuple(READERS), self._open_file, folders=True),
            "segmentation": FileKind("Open a saved segmentation", SEGMENTATIONS, self._open_saved),
            "model": FileKind("Open a checkpoint", SUFFIXES, self._models.open_file),
        }
        self._files = FileDialog(self._state, folders, self._messages, kinds)
        self._bind_actions()
        self._bind_mouse()
        build_page(self.server, self._views.layout)

    async def begin(self) -> None:
        """Show the first volume, then load the model."""
        await self.server.ready
        if self._options.image is not None:
            await self._chooser.open(self._options.image, called=self._options.image_name)
        if self._work.opened is not None:
            for path in self._options.segmentations:
                await self._saved.open(path)
        await self._models.begin()

    def close(self) -> None:
        """End the work."""
        self._uploads.close()
        self._worker.close(5)

    def _use_model(self, model: Model) -> None:
        self._work.use_model(model)
        self._shown.strategies()
        self._shown.refresh()

    def _open(self, volume: Volume) -> None:
        self._work.open(volume)
        self._shown.volume()
        self._brightness.volume()
        self._shown.refresh()

    async def _may_leave(self) -> bool:
        """Ask before segments that are in no file go with their volume."""
        opened = self._work.opened
        names = [] if opened is None else self._work.unsaved_names()
        return not names or await self._unsaved.ask(names, opened.volume.name)

    async def _open_file(self, path: Path, shown: str = "") -> None:
        """What Slicer's own files of segmentations hold is told by their names."""
        self._unsaved.answer(None)  # whoever waits for it makes way
        opener = self._saved if is_segmentation(shown or path.name) else self._chooser
        await opener.open(path, shown)

    async def _open_saved(self, path: Path, shown: str = "") -> None:
        self._unsaved.answer(None)
        await self._saved.open(path, shown)

    def _add_saved(self, saved: SavedSegmentation, name: str) -> AddedSegments:
        added = self._work.add_saved(saved, name)
        self._shown.refresh()
        return added

    def _changed(self) -> None:
        self._shown.refresh()

    def _bind_door(self) -> None:
        self.server.add_protocol_to_configure(
            lambda protocol: protocol.registerLinkProtocol(DoorProtocol(self.door))
        )
        self.server.controller.on_server_bind.add(self._guard)

    def _guard(self, web_server: Any) -> None:
        web_server.app.middlewares.insert(0, self.door.admit)
        web_server.app.router.add_post(UPLOAD_PATH, self._uploads.receive)
        web_server.app.router.add_post(ASKED_FIRST, where_to_connect)

    def _bind_actions(self) -> None:
        strategy = lambda: self._state.strategy  # noqa: E731
        self._state.strategy = "track"
        take = self._answers.take
        actions = Actions(self._work, self._views, self._shown, self._messages, strategy, take).table()
        files, uploads = self._files, self._uploads
        actions |= {"browse": files.browse, "choose": files.choose, "open_folder": files.open_folder}
        actions |= {"choose_model": self._models.choose, "cancel_upload": uploads.cancel}
        actions |= {"upload_begin": uploads.begin, "upload_end": uploads.end}
        actions |= {"upload_broke_off": uploads.broke_off, "choose_series": self._question.answer}
        actions["answer_unsaved"] = self._unsaved.answer
        actions |= {name: self._beside(actions[name]) for name in TAKE_TIME}
        for name, action in actions.items():
            setattr(self.server.controller, name, action)
        for name in CALLED_BY_NAME:
            self.server.controller.trigger(name)(actions[name])

    def _beside(self, action: Callable[..., Awaitable[None]]) -> Callable[..., None]:
        """Begin an action and go on: the connection takes one message after the other."""

        async def act(*args: object) -> None:
            await action(*args)
            self._state.flush()

        def begin(*args: object) -> None:
            task = asyncio.ensure_future(act(*args))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return begin

    def _bind_mouse(self) -> None:
        brightness = self._brightness
        tool = ToolInUse(
            MarkTool(self._work.marking),
            BrightnessTool(lambda: brightness.now, lambda: brightness.span, brightness.show),
            lambda: self._work.is_marking,
        )
        self._pointers = [Pointer(pane, tool, self._messages) for pane in self._views.panes.values()]
        for name, pane in self._views.panes.items():
            self._state.change(f"{name}_index")(partial(self._slid, name, pane))

    def _slid(self, name: str, pane: SlicePane, **_: object) -> None:
        index = int(self._state[f"{name}_index"])
        if pane.place is not None and index != pane.place.index:
            pane.jump_to(index)
