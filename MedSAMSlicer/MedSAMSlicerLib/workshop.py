"""What the Segment Editor effects and the panel of one application share: the model and what it has read.

There is one `Workshop` in an application. The module object of MedSAMSlicer makes it and keeps it:

    class MedSAMSlicer(ScriptedLoadableModule):
        def __init__(self, parent):
            ...
            self.workshop = Workshop(JobPump(zero_timer), Dependencies())

The panel gets it by constructor. Slicer itself makes the effects, from a file's path, and passes nothing: so
they take it from ``slicer.modules.MedSAMSlicerInstance.workshop`` (`effect_registration.shared_workshop`).

Nothing here imports Qt, and nothing imports PyTorch before a model is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from medsam_core.intensity import check_preset
from medsam_core.jobs.agenda import Handler
from medsam_core.jobs.worker import Worker
from medsam_core.session.late_handler import LateHandler
from MedSAMSlicerLib.job_pump import JobPump
from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.model_loader import Load, ModelLoader, sentence_of
from MedSAMSlicerLib.pumped_jobs import PumpedJobs
from MedSAMSlicerLib.shared_models import SharedModels
from MedSAMSlicerLib.shared_snapshots import SharedSnapshots

if TYPE_CHECKING:
    from medsam_core.inference.embedding_cache import CacheStats, EmbeddingCache
    from medsam_core.inference.model import Model

Observer = Callable[[], None]

_LAST_WAIT = 10.0  # seconds; one slice of the largest model on a slow CPU


class ModelPhase(Enum):
    """How far the chosen model is."""

    MISSING = "a package is missing"
    CHOSEN = "not needed yet"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


class Needs(Protocol):
    """The packages that models need; `dependencies.Dependencies`."""

    @property
    def missing(self) -> object:
        """True, or not empty, if something is missing. Cheap, and imports nothing."""

    @property
    def sentence(self) -> str:
        """What is missing, in one line."""

    def install(self) -> None:
        """Install what is missing; asks the user. `Workshop.refresh` is to be called afterwards."""


class Workshop:
    """One for each application; every method belongs to its main thread and returns at once.

    Several sessions share a model and the cache: a backend lets one thread in at a time, and the cache has a
    lock.

    Args:
        pump: of the application.
        needs: the packages that models need.
        load: loads a model, on a thread; by default through a `SharedModels`.
        make_handler: makes what answers a session, on its thread; by default a `SessionHandler`.

    Attributes:
        pump: of the application.
        needs: the packages that models need.
        snapshots: of the volumes that are worked on.
    """

    def __init__(
        self,
        pump: JobPump,
        needs: Needs,
        load: Load | None = None,
        make_handler: Callable[[], Handler] | None = None,
    ) -> None:
        self.pump, self.needs = pump, needs
        self.snapshots = SharedSnapshots()
        self._make_handler = make_handler or (lambda: LateHandler(lambda: self.cache))
        self._loader = ModelLoader(load or SharedModels(), pump, self._loaded)
        self._choice = ModelChoice()
        self._model: Model | None = None
        self._problem = ""
        self._intensity = "auto"
        self._cache: EmbeddingCache | None = None
        self._observers: list[Observer] = []
        self._jobs: list[PumpedJobs] = []

    # The model

    @property
    def choice(self) -> ModelChoice:
        """What was chosen."""
        return self._choice

    @property
    def model(self) -> Model | None:
        """The chosen model, once it is loaded."""
        return self._model

    @property
    def phase(self) -> ModelPhase:
        """How far the chosen model is."""
        if self._model is not None:
            return ModelPhase.READY
        if self._loader.is_asked:
            return ModelPhase.LOADING
        if self._problem:
            return ModelPhase.FAILED
        return ModelPhase.MISSING if self.needs.missing else ModelPhase.CHOSEN

    @property
    def sentence(self) -> str:
        """One line for the user: ready, loading, what is missing or what went wrong."""
        if self._model is not None:
            return f"Ready - {self._model.name} model on {device_name(self._model.placement.device)}"
        if self.phase is ModelPhase.LOADING:
            return self._loading_sentence()
        if self._problem:
            return self._problem
        return self.needs.sentence if self.needs.missing else "The model is loaded when it is first used"

    def choose(self, choice: ModelChoice) -> None:
        """Use another model; it is loaded at once if one was needed already."""
        if choice == self._choice and not self._problem:
            return
        was_needed = self._model is not None or self._loader.is_asked or bool(self._problem)
        self._loader.cancel()
        self._choice, self._model, self._problem = choice, None, ""
        if was_needed:
            self.need_model()
        self._changed()

    def need_model(self) -> None:
        """Have the chosen model loaded, unless it is, is being loaded, failed, or a package is missing."""
        if self.phase is ModelPhase.CHOSEN:
            self._loader.ask(self._choice)
            self._changed()

    def retry(self) -> None:
        """Load the chosen model after it failed."""
        self._problem = ""
        self.need_model()
        self._changed()

    def refresh(self) -> None:
        """Packages were installed, perhaps: look again."""
        self._changed()

    # How images are shown to it, and what it has read

    @property
    def intensity(self) -> str:
        """The intensity preset in use: a name, or "LOW,HIGH"."""
        return self._intensity

    def use_intensity(self, preset: str) -> None:
        """Use another intensity preset.

        Raises:
            IntensityError: there is no such preset.
        """
        check_preset(preset)
        if preset != self._intensity:
            self._intensity = preset
            self._changed()

    @property
    def cache(self) -> EmbeddingCache:
        """What models have read of slices; bounded, shared by all sessions. It may be asked by any thread."""
        if self._cache is None:
            from medsam_core.inference.embedding_cache import EmbeddingCache

            self._cache = EmbeddingCache()
        return self._cache

    @property
    def cache_stats(self) -> CacheStats | None:
        """What the cache holds; None before it was needed."""
        return None if self._cache is None else self._cache.stats()

    @property
    def cache_bytes(self) -> int:
        """Memory that the cache takes."""
        return 0 if self._cache is None else self._cache.stats().ram_bytes

    def clear_cache(self) -> None:
        """Forget what was read; slices are read anew when they are looked at."""
        if self._cache is not None:
            self._cache.clear()
        self._changed()

    # Those who work here

    def make_jobs(self) -> PumpedJobs:
        """A thread for one session; to be given back by `end_jobs`."""
        jobs = PumpedJobs(Worker(self._make_handler()), self.pump)
        self._jobs.append(jobs)
        return jobs

    def end_jobs(self, jobs: PumpedJobs) -> None:
        """End a thread; does not wait for the step that is under way."""
        if jobs.close(0) and jobs in self._jobs:
            self._jobs.remove(jobs)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call somebody after every change of model, status, intensity or cache.

        Returns:
            What ends it.
        """
        self._observers.append(observer)

        def end() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return end

    def close(self) -> None:
        """The application ends; waits for the steps that are under way.

        A thread that computes while the process ends would abort it.
        """
        self._observers.clear()
        self._loader.close(_LAST_WAIT)
        while self._jobs:
            self._jobs.pop().close(_LAST_WAIT)

    def _loaded(self, choice: ModelChoice, answer: Model | BaseException) -> None:
        if isinstance(answer, BaseException):
            self._problem = sentence_of(answer)
        else:
            self._model = answer
        self._changed()

    def _loading_sentence(self) -> str:
        done, count, what = self._loader.progress
        part = f" ({100 * done // count} %)" if count > 1 else ""
        return f"Loading the model: {what}{part} ..." if what else "Loading the model ..."

    def _changed(self) -> None:
        for observer in tuple(self._observers):
            observer()


def device_name(device: str) -> str:
    """A device as users call it."""
    return {"cpu": "CPU", "mps": "Apple GPU"}.get(device, "GPU" if device.startswith("cuda") else device)
