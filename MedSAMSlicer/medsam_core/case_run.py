"""One image on its way from a file and prompts to files of labels: what `segment` and `batch` share."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.errors import OptionError, PromptError
from medsam_core.intensity import IntensityWindow, choose_window
from medsam_core.journal_file import is_journal, read_journal, read_journal_colours
from medsam_core.prompt_journal import PromptJournal
from medsam_core.prompts import Box, Prompts, SegmentPrompt, check_names, parse_box
from medsam_core.prompts_file import read_prompts
from medsam_core.segment_colours import RGB
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.segmentation_writer import check_format, write_segmentation
from medsam_core.version import VERSION
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class CaseSource:
    """Where an image and its prompts come from.

    Attributes:
        image: a file or a DICOM folder.
        boxes: one segment each, as ``I0,J0,K0,I1,J1,K1``.
        prompts: a prompts file or a journal, instead of boxes.
        frame, series: which part of a 4D image or a DICOM folder; see `read_volume`.
        names: of the boxes' segments, in their order; none names them "segment 1", "segment 2", ...
    """

    image: str | os.PathLike[str]
    boxes: Sequence[str] = ()
    prompts: Path | None = None
    frame: int | None = None
    series: str | None = None
    names: Sequence[str] = ()

    def check(self, subject: str, names_subject: str = "names") -> None:
        """Refuse a source without prompts, with prompts of both kinds, or with names that fit no boxes.

        Args:
            subject: what to call boxes and prompts in the message.
            names_subject: what to call the names in it.

        Raises:
            OptionError: there are none, or both kinds, or names beside a prompts file.
            PromptError: there are more or fewer names than boxes.
        """
        if bool(self.boxes) == bool(self.prompts):
            problem = "both are given" if self.boxes else "neither is given"
            raise OptionError(subject, problem, "give either one or more boxes, or one prompts file")
        if self.names and self.prompts:
            problem = "names boxes, and a prompts file is given"
            raise OptionError(names_subject, problem, "name the segments in that file")
        check_names(self.names, self.boxes, names_subject)


@dataclass(frozen=True, eq=False)
class CaseRun:
    """What was read of a case, and the seconds each stage of it took.

    Attributes:
        volume: the image.
        prompts: inside the volume.
        window: of its intensities.
        propagation: name of the strategy.
        seconds: stage -> seconds; grows as the stages are done.
        journal: to be replayed, with its own strategies and intensities; `prompts` are for pictures then.
        colours: label to (red, green, blue) in 0..1, of the segments of a file that is asked again.
    """

    volume: Volume
    prompts: Prompts
    window: IntensityWindow
    propagation: str
    seconds: dict[str, float] = field(default_factory=dict)
    journal: PromptJournal | None = None
    colours: Mapping[int, RGB] = field(default_factory=dict)

    @classmethod
    def read(cls, source: CaseSource, output: Path, *, intensity: str, propagation: str) -> CaseRun:
        """Read image and prompts and check all that can be checked before the model runs.

        Args:
            output: the file of labels that is to be written.

        Raises:
            MedSAMError: image, prompts, intensity or output cannot be used.
        """
        seconds: dict[str, float] = {}
        with _timed(seconds, "load_image"):
            volume = read_volume(source.image, frame=source.frame, series=source.series)
        check_format(output, volume)
        journal = _read_journal(source, volume)
        if journal is not None:
            _refuse_others(journal, intensity, propagation)
            intensity = journal.entries[-1].intensity
            propagation = ", ".join(dict.fromkeys(entry.propagation for entry in journal.entries))
        prompts = _read_prompts(source, volume) if journal is None else _shown(journal)
        colours = {} if journal is None else read_journal_colours(source.prompts)
        window = choose_window(volume, intensity)
        return cls(volume, prompts, window, propagation, seconds, journal, colours)

    def timed(self, stage: str) -> AbstractContextManager[None]:
        """A context that adds its seconds to those of the run."""
        return _timed(self.seconds, stage)

    def segment(
        self, model: Model, *, progress: Progress | None = None, cancel: Callable[[], bool] | None = None
    ) -> SegmentationResult:
        """See `segment_volume`; a journal is replayed."""
        from medsam_core.journal_replay import replay
        from medsam_core.segment import segment_volume

        with self.timed("segment"):
            if self.journal is not None:
                result = replay(self.journal, self.volume, model, progress=progress, cancel=cancel)
                return _coloured(result, self.colours)
            return segment_volume(
                self.volume,
                self.prompts,
                model,
                propagation=self.propagation,
                intensity=self.window,
                progress=progress,
                cancel=cancel,
            )

    def write(
        self, result: SegmentationResult, model: Model, *, labels: Path, overview: Path | None = None
    ) -> None:
        """Write labels and, if wanted, the picture of slices, in place of what is there."""
        from medsam_core.overview import write_overview

        with self.timed("write"):
            made_by = f"MedSAMSlicer {VERSION}, model {model.name}"
            write_segmentation(
                result,
                labels,
                source=self.volume,
                algorithm=made_by,
                journal=self._journal_for(labels, model),
                overwrite=True,
            )
            if overview is not None:
                title = f"{self.volume.name} - {model.name}, {self.propagation}"
                write_overview(result, self.volume, self.prompts, overview, title=title)

    def _journal_for(self, labels: Path, model: Model) -> PromptJournal | None:
        """What was asked, for the one kind of file that keeps it with the segments."""
        if not is_journal(labels):
            return None
        if self.journal is not None:
            return self.journal
        try:
            return PromptJournal.of(
                self.prompts, self.volume, model, propagation=self.propagation, intensity=self.window
            )
        except PromptError:  # thousands of segments: they are worth more than how they were made
            return None

    def report(self, result: SegmentationResult, model: Model) -> dict:
        """What was done, as `json` can write it."""
        from medsam_core.report import make_report

        return make_report(result, self.volume, model, propagation=self.propagation, seconds=self.seconds)


def _refuse_others(journal: PromptJournal, intensity: str, propagation: str) -> None:
    """What is asked for beside a journal must be what it says."""
    for option, given, usual in (("intensity", intensity, "auto"), ("propagation", propagation, "roi")):
        own = {getattr(entry, option) for entry in journal.entries}
        if given != usual and own != {given}:
            problem = f"the journal is asked again with its own ({', '.join(sorted(own))})"
            raise OptionError(f"{option} {given}", problem, f"leave {option} out, or give a prompts file")


def _read_prompts(source: CaseSource, volume: Volume) -> Prompts:
    if source.prompts is not None:
        prompts = read_prompts(source.prompts, volume.geometry)
    else:
        prompts = Prompts.from_boxes([parse_box(text) for text in source.boxes], source.names)
    prompts.check_inside(volume.geometry)
    return prompts


def _read_journal(source: CaseSource, volume: Volume) -> PromptJournal | None:
    if source.prompts is None or not is_journal(source.prompts):
        return None
    journal = read_journal(source.prompts)
    try:
        return journal.on(volume.geometry)
    except PromptError as error:
        raise PromptError(f"{source.prompts}: {error.subject}", error.problem, error.remedy) from error


def _coloured(result: SegmentationResult, colours: Mapping[int, RGB]) -> SegmentationResult:
    segments = tuple(replace(segment, colour=colours.get(segment.label)) for segment in result.segments)
    return replace(result, segments=segments)


def _shown(journal: PromptJournal) -> Prompts:
    """What a picture of the volume's own slices can show; for other slices, all of the volume."""
    own = [entry for entry in journal.entries if entry.grid is None]
    if len(own) == len(journal.entries):
        return journal.prompts()
    i, j, k = (size - 1 for size in journal.entries[0].geometry.size_ijk)
    names = {entry.prompt.label: entry.prompt.name for entry in journal.entries}
    box = Box((0, 0, 0), (i, j, k))
    return Prompts(tuple(SegmentPrompt(name, label, (box,)) for label, name in names.items()))


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = time.perf_counter() - start
