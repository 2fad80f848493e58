"""The bundled case: a real held-out volume, boxes on it, and its truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from medsam_core.metrics import dice
from medsam_core.prompts_file import read_prompts
from medsam_core.resources import resource_path
from medsam_core.volume_reader import read_volume


@dataclass(frozen=True)
class DemoCase:
    """Files of the case; README.md beside them tells where it comes from and its licence."""

    image: Path
    truth: Path
    prompts: Path
    propagation: str = "roi"
    title: str = "Brain tumour (demo)"

    @classmethod
    def bundled(cls) -> DemoCase:
        """The case that came with the installation."""
        home = resource_path("DemoCase")
        return cls(home / "image.nrrd", home / "truth.nrrd", home / "prompts.json")

    def dice_of(self, segmentation: Path) -> dict[str, float]:
        """Dice of each prompted segment in a written label file against the truth, by name."""
        found, truth = read_volume(segmentation), read_volume(self.truth)
        prompts = read_prompts(self.prompts, truth.geometry)
        return {
            s.name: dice(found.array_kji == s.label, truth.array_kji == s.label) for s in prompts.segments
        }
