"""A run of `segment`: check everything that can be checked, then work, then write all files or none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.cli.outputs import Outputs
from medsam_core.cli.progress import Report, progress_bar
from medsam_core.cli.summary import print_summary
from medsam_core.errors import OptionError
from medsam_core.intensity import IntensityWindow, check_preset, choose_window
from medsam_core.prompts import Prompts, parse_box
from medsam_core.prompts_file import read_prompts
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.segmentation_writer import check_format, write_segmentation
from medsam_core.volume import Volume
from medsam_core.volume_reader import read_volume

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


@dataclass(frozen=True)
class SegmentJob:
    """The options of `medsam-slicer segment`, as given."""

    image: str
    output: Path
    boxes: tuple[str, ...] = ()
    prompts: Path | None = None
    model: str = "demo"
    base: Path | None = None
    preset: str | None = None
    device: str = "auto"
    precision: str = "auto"
    backend: str = "auto"
    intensity: str = "auto"
    propagation: str = "roi"
    frame: int | None = None
    series: str | None = None
    report: Path | None = None
    overview: Path | None = None
    force: bool = False
    seconds: dict[str, float] = field(default_factory=dict, compare=False)

    def run(self) -> SegmentationResult:
        """Do it; print a summary.

        Raises:
            MedSAMError: something given is bad; nothing was written.
        """
        self._check_options()
        with self._timed("load_image"):
            volume = read_volume(self.image, frame=self.frame, series=self.series)
        check_format(self.output, volume)
        prompts = self._read_prompts(volume)
        window = choose_window(volume, self.intensity)
        model = self._load_model()
        with progress_bar("Segmenting") as report, self._timed("segment"):
            result = self._segment(volume, prompts, window, model, report)
        self._write(volume, prompts, model, result)
        with suppress(OSError):  # the files are written; a closed pipe does not undo that
            print_summary(result, self._outputs, single_slice=self.propagation == "roi")
        return result

    def _check_options(self) -> None:
        from medsam_core.propagation.strategies import make_strategy

        if bool(self.boxes) == bool(self.prompts):
            problem = "both are given" if self.boxes else "neither is given"
            raise OptionError(
                "--box, --prompts", problem, "give either one or more --box, or one --prompts file"
            )
        make_strategy(self.propagation)
        check_preset(self.intensity)
        self._outputs.check(self._inputs())

    @property
    def _outputs(self) -> Outputs:
        return Outputs(self.output, self.report, self.overview, self.force)

    def _inputs(self) -> dict[str, Path]:
        given = {
            "the image": self.image,
            "the prompts file": self.prompts,
            "the model": self.model,
            "the base model": self.base,
        }
        return {what: Path(path) for what, path in given.items() if path}

    def _read_prompts(self, volume: Volume) -> Prompts:
        if self.prompts is not None:
            prompts = read_prompts(self.prompts, volume.geometry)
        else:
            prompts = Prompts.from_boxes([parse_box(text) for text in self.boxes])
        prompts.check_inside(volume.geometry)
        return prompts

    def _load_model(self) -> Model:
        from medsam_core.inference.load import load_model

        with progress_bar("Loading the model") as report, self._timed("load_model"):
            return load_model(
                self.model,
                self.device,
                self.precision,
                backend=self.backend,
                preset=self.preset,
                base=self.base,
                progress=report,
            )

    def _segment(
        self, volume: Volume, prompts: Prompts, window: IntensityWindow, model: Model, report: Report
    ) -> SegmentationResult:
        from medsam_core.segment import segment_volume

        return segment_volume(
            volume,
            prompts,
            model,
            propagation=self.propagation,
            intensity=window,
            progress=report,
        )

    def _write(self, volume: Volume, prompts: Prompts, model: Model, result: SegmentationResult) -> None:
        from medsam_core.overview import write_overview
        from medsam_core.report import make_report, write_report

        with self._outputs.open() as files:
            with self._timed("write"):
                write_segmentation(result, files["--output"], overwrite=True)
                if self.overview is not None:
                    title = f"{volume.name} - {model.name}, {self.propagation}"
                    write_overview(result, volume, prompts, files["--overview"], title=title)
            if self.report is not None:
                content = make_report(
                    result, volume, model, propagation=self.propagation, seconds=self.seconds
                )
                write_report(content, files["--report"])

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start
