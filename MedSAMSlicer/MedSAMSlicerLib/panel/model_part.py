"""Which model: the bundled one, those we know of, an own file; and where it runs."""

from __future__ import annotations

from dataclasses import replace

import qt
import slicer

from MedSAMSlicerLib.background_run import IsCancelled, Progress
from MedSAMSlicerLib.device_rows import PRECISIONS, device_rows
from MedSAMSlicerLib.model_rows import (
    BUNDLED,
    CHECKPOINT_SUFFIXES,
    ModelRow,
    is_checkpoint,
    known_rows,
    own_row,
)
from MedSAMSlicerLib.model_words import model_details, model_words
from MedSAMSlicerLib.panel.combo import fill, value_of
from MedSAMSlicerLib.panel.desk import Desk


class ModelPart:
    """Reads and shows the choice of the workshop.

    A model that is not on this computer is only wanted: what is in use stays so until it is downloaded.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wanted = ""
        self._own: dict[str, ModelRow] = {}
        ui = desk.ui
        ui.modelSelector.connect("activated(int)", lambda *_: self.choose(value_of(ui.modelSelector)))
        ui.openButton.connect("clicked()", self.choose_file)
        ui.fetchButton.connect("clicked()", self.fetch)
        ui.deviceSelector.connect("activated(int)", self._place)
        ui.precisionSelector.connect("activated(int)", self._place)

    def show(self) -> None:
        """Show what is."""
        ui, choice = self._desk.ui, self._desk.workshop.choice
        rows, shown = self._rows(), self._wanted or choice.name_or_path
        fill(ui.modelSelector, [(row.value, row.title) for row in rows], shown)
        devices = device_rows(with_gpus=self._desk.workshop.model is not None)
        fill(ui.deviceSelector, [(row.value, row.title) for row in devices], choice.device)
        fill(ui.precisionSelector, PRECISIONS, choice.precision)
        self._show_words(next((row for row in rows if row.value == shown), None))

    def choose(self, value: str) -> None:
        """Use a model by its name or path."""
        row = next((one for one in self._rows() if one.value == value), None)
        self._wanted = value if row is not None and not row.is_here else ""
        if not self._wanted:
            workshop = self._desk.workshop
            workshop.choose(replace(workshop.choice, name_or_path=value))
            workshop.need_model()
            self._keep()
        self._desk.show()

    def choose_file(self) -> None:
        """Ask for a checkpoint, and use it."""
        kinds = " ".join(f"*{suffix}" for suffix in CHECKPOINT_SUFFIXES)
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), "Checkpoint", "", f"Checkpoints ({kinds});;All files (*)"
        )
        if path:
            self.use_file(path)

    def use_file(self, path: str) -> bool:
        """Use a checkpoint that was chosen or dropped; False if it is none by its name."""
        if not is_checkpoint(path):
            return False
        self._own[path] = own_row(path)
        self.choose(path)
        return True

    def fetch(self) -> None:
        """Download the wanted model."""
        name = self._wanted

        def work(progress: Progress, is_cancelled: IsCancelled) -> object:
            from medsam_core.checkpoints.fetch import fetch

            def tell(done: int, total: int) -> None:
                progress(done >> 20, total >> 20, "")

            return fetch(name, progress=tell, cancel=is_cancelled)

        self._desk.work.start(f"Downloading {name} (MB)", work, lambda path: self._fetched(name))

    def take(self) -> None:
        """Use what the scene says, as far as it names what is known here."""
        parameters, workshop = self._desk.parameters, self._desk.workshop
        if parameters is None or self._desk.needs.missing:
            return
        known = {row.value if row.value not in self._own else row.title: row.value for row in self._rows()}
        choice = workshop.choice
        name = known.get(parameters.model, choice.name_or_path)
        if parameters.model and parameters.model not in known:
            self._desk.work.tell(
                f"The scene was made with {parameters.model}: drop that file here to use it."
            )
        device, precision = parameters.device or choice.device, parameters.precision or choice.precision
        workshop.choose(replace(choice, name_or_path=name, device=device, precision=precision))
        self._keep()

    def _fetched(self, name: str) -> None:
        self._desk.work.tell(f"{name} was downloaded, and its checksum is right.")
        self.choose(name)

    def _place(self, *_: object) -> None:
        ui, workshop = self._desk.ui, self._desk.workshop
        device, precision = value_of(ui.deviceSelector), value_of(ui.precisionSelector)
        workshop.choose(replace(workshop.choice, device=device, precision=precision))
        self._keep()
        self._desk.show()

    def _keep(self) -> None:
        parameters, choice = self._desk.parameters, self._desk.workshop.choice
        if parameters is not None:
            own = self._own.get(choice.name_or_path)
            parameters.model = choice.name_or_path if own is None else own.title
            parameters.device, parameters.precision = choice.device, choice.precision

    def _rows(self) -> tuple[ModelRow, ...]:
        known = (BUNDLED,) if self._desk.needs.missing else known_rows()
        return (*known, *self._own.values())

    def _show_words(self, row: ModelRow | None) -> None:
        ui, model = self._desk.ui, self._desk.workshop.model
        in_use = self._desk.workshop.choice.name_or_path
        words, details = "" if row is None else row.detail, ""
        if self._wanted:
            words = f"{words}\n{own_row(in_use).title} stays in use until it is downloaded."
        elif model is not None:
            words, details = model_words(model.info), f"{model_details(model.info)}\n{model.placement.reason}"
        ui.modelWords.text, ui.modelWords.toolTip = words, details
        ui.fetchButton.visible = row is not None and row.can_fetch
        if row is not None:
            ui.fetchButton.text, ui.fetchButton.toolTip = row.fetch_title, f"From {row.url}\n{row.detail}"
