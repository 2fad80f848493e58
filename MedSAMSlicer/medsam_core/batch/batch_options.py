"""How the cases of a batch are segmented and written."""

from __future__ import annotations

from dataclasses import dataclass

from medsam_core.errors import OptionError
from medsam_core.intensity import check_preset


@dataclass(frozen=True)
class BatchOptions:
    """See `run_batch`."""

    propagation: str = "roi"
    intensity: str = "auto"
    overviews: bool = False
    resume: bool = False
    force: bool = False

    def check(self) -> None:
        """Refuse what could not be done for any case.

        Raises:
            OptionError: no such propagation, or resume and force together.
            IntensityError: no such preset.
        """
        from medsam_core.propagation.strategies import make_strategy

        if self.resume and self.force:
            remedy = "--resume keeps what is finished, --force redoes it"
            raise OptionError("--resume, --force", "contradict each other", remedy)
        make_strategy(self.propagation)
        check_preset(self.intensity)

    @property
    def recorded(self) -> dict[str, str]:
        """What of it changes a result."""
        return {"propagation": self.propagation, "intensity": self.intensity}
