"""What a set is prepared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from medsam_core.intensity import check_preset
from medsam_training.prepare.cleaning import CleaningRules
from medsam_training.prepare.label_rules import LabelRules
from medsam_training.prepare.split import SplitRule


@dataclass(frozen=True)
class Intensity:
    """Intensity presets: one for all, and others for sets by name."""

    default: str = "auto"
    by_set: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, values: Iterable[str]) -> Intensity:
        """From ``PRESET`` and ``SET=PRESET``, as `--intensity` takes them.

        Raises:
            IntensityError: a preset is not known.
        """
        default, by_set = "auto", {}
        for value in values:
            name, equals, preset = value.rpartition("=")
            check_preset(preset)
            if equals:
                by_set[name] = preset
            else:
                default = preset
        return cls(default, tuple(sorted(by_set.items())))

    def of(self, set_name: str) -> str:
        """The preset of a set."""
        return dict(self.by_set).get(set_name, self.default)


@dataclass(frozen=True)
class PrepareOptions:
    """All that decides what a prepared set holds, but its sources."""

    labels: LabelRules = field(default_factory=LabelRules.parse)
    cleaning: CleaningRules = field(default_factory=CleaningRules)
    intensity: Intensity = field(default_factory=Intensity)
    split: SplitRule = field(default_factory=SplitRule)
    drop_duplicates: bool = False

    def of_arrays(self, set_name: str) -> dict[str, object]:
        """What decides over the arrays of a case of a set: when it changes they are made anew."""
        return {
            "labels": {str(n): name for n, name in sorted(self.labels.names.items())},
            "merge": dict(sorted(self.labels.merge.items())),
            "remove": sorted(self.labels.remove),
            "instances": sorted(self.labels.instances),
            "min_voxels": self.cleaning.min_voxels,
            "min_pixels": self.cleaning.min_pixels,
            "keep_empty": self.cleaning.keep_empty,
            "intensity": self.intensity.of(set_name),
        }

    def to_json(self) -> dict[str, object]:
        """For the manifest."""
        return {
            **self.of_arrays(""),
            "intensity": self.intensity.default,
            "intensity_by_set": dict(self.intensity.by_set),
            "split": self.split.to_json(),
        }
