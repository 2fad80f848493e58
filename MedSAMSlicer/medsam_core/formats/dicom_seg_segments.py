"""The segments of a DICOM segmentation: names, coded terms, colours and who made them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medsam_core.segment_colours import RGB, palette_colour
from medsam_core.terminology import Terminology, terminology_for
from medsam_core.version import VERSION

if TYPE_CHECKING:
    import highdicom
    from pydicom.sr.coding import Code

# The longest text of DICOM's value representation LO (PS3.5, section 6.2).
_LONGEST = 64


@dataclass(frozen=True)
class SegAppearance:
    """What is known of the segments beyond their voxels; each maps labels, and may leave some out."""

    names: Mapping[int, str]
    colours: Mapping[int, RGB]
    terminology: Mapping[int, Terminology]
    algorithm_name: str

    def describe(self, number: int, label: int) -> highdicom.seg.SegmentDescription:
        """The item of the Segment Sequence.

        Args:
            number: of the segment in the file, from 1 without gaps.
            label: in the label map.
        """
        import highdicom
        from pydicom.sr.codedict import codes

        name = self.names.get(label) or f"segment {label}"
        term = self.terminology.get(label) or terminology_for(name)
        algorithm = highdicom.AlgorithmIdentificationSequence(
            name=_text(self.algorithm_name), family=codes.cid7162.ArtificialIntelligence, version=VERSION
        )
        colour = self.colours.get(label) or palette_colour(label)
        segment = highdicom.seg.SegmentDescription(
            segment_number=number,
            segment_label=_text(name),
            segmented_property_category=_code(term.category),
            segmented_property_type=_code(term.type),
            algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
            algorithm_identification=algorithm,
            display_color=highdicom.color.CIELabColor.from_rgb(*(255 * min(1, max(0, c)) for c in colour)),
        )
        if term.modifier is not None:
            modifier = highdicom.sr.CodedConcept.from_code(_code(term.modifier))
            segment.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
                modifier
            ]
        segment.SegmentDescription = f"{name} (label {label})"
        return segment


def _code(term: tuple[str, str]) -> Code:
    from pydicom.sr.coding import Code

    return Code(term[0], "SCT", term[1])


def _text(name: str) -> str:
    """As a short text of DICOM, in which a backslash would part two values."""
    return name.replace("\\", "/").strip()[:_LONGEST].strip()
