"""A run of `segment`: check everything that can be checked, then work, then write all files or none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medsam_core.case_run import CaseRun, CaseSource
from medsam_core.cli.outputs import Outputs
from medsam_core.cli.progress import Report, progress_bar
from medsam_core.cli.summary import print_summary
from medsam_core.intensity import check_preset
from medsam_core.segmentation_result import SegmentationResult

if TYPE_CHECKING:
    from medsam_core.inference.model import Model


@dataclass(frozen=True)
class SegmentJob:
    """The options of `medsam-slicer segment`, as given."""

    image: str
    output: Path
    boxes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
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

    def run(self) -> SegmentationResult:
        """Do it; print a summary.

        Raises:
            MedSAMError: something given is bad; nothing was written.
        """
        self._check_options()
        case = CaseRun.read(self._source, self.output, intensity=self.intensity, propagation=self.propagation)
        with progress_bar("Loading the model") as report, case.timed("load_model"):
            model = self._load_model(report)
        with progress_bar("Segmenting") as report:
            result = case.segment(model, progress=report)
        self._write(case, model, result)
        with suppress(OSError):  # the files are written; a closed pipe does not undo that
            print_summary(result, self._outputs, propagation=self.propagation)
        return result

    def _check_options(self) -> None:
        from medsam_core.propagation.strategies import make_strategy

        self._source.check("--box, --prompts", "--name")
        make_strategy(self.propagation)
        check_preset(self.intensity)
        self._outputs.check(self._inputs())

    @property
    def _source(self) -> CaseSource:
        return CaseSource(self.image, self.boxes, self.prompts, self.frame, self.series, self.names)

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

    def _load_model(self, report: Report) -> Model:
        from medsam_core.inference.load import load_model

        return load_model(
            self.model,
            self.device,
            self.precision,
            backend=self.backend,
            preset=self.preset,
            base=self.base,
            progress=report,
        )

    def _write(self, case: CaseRun, model: Model, result: SegmentationResult) -> None:
        from medsam_core.report import write_report

        with self._outputs.open() as files:
            case.write(result, model, labels=files["--output"], overview=files.get("--overview"))
            if self.report is not None:
                write_report(case.report(result, model), files["--report"])
