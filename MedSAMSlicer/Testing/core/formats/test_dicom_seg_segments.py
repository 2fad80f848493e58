"""How a segment is described in DICOM."""

from __future__ import annotations

import pytest

from medsam_core.formats.dicom_seg_segments import SegAppearance
from medsam_core.terminology import Terminology
from medsam_core.version import VERSION

highdicom = pytest.importorskip("highdicom")


def described(label: int, name: str | None = None, **changes: object) -> object:
    given = {"names": {label: name} if name else {}, "colours": {}, "terminology": {}, "algorithm_name": "x"}
    return SegAppearance(**(given | changes)).describe(1, label)  # type: ignore[arg-type]


def test_a_label_without_a_name_gets_one() -> None:
    segment = described(7)
    assert segment.SegmentLabel == "segment 7"
    assert segment.SegmentDescription == "segment 7 (label 7)"


def test_a_long_name_is_cut_in_the_label_and_whole_in_the_description() -> None:
    segment = described(2, "n" * 128)
    assert segment.SegmentLabel == "n" * 64
    assert segment.SegmentDescription == "n" * 128 + " (label 2)"


def test_terms_given_count_before_those_of_the_name() -> None:
    term = Terminology(("49755003", "Morphologically Altered Structure"), ("4147007", "Mass"))
    segment = described(1, "liver", terminology={1: term})
    assert segment.SegmentedPropertyTypeCodeSequence[0].CodeValue == "4147007"
    assert described(1, "liver").SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"


@pytest.mark.parametrize("colour", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.5, 0.25)])
def test_a_colour_comes_back(colour: tuple[float, float, float]) -> None:
    value = described(1, "a", colours={1: colour}).RecommendedDisplayCIELabValue
    seen = highdicom.color.CIELabColor.from_dicom_value(tuple(value)).to_rgb()
    assert seen == pytest.approx([255 * part for part in colour], abs=2)


def test_the_algorithm_is_named_with_its_version_and_kind() -> None:
    name = "MedSAMSlicer 1, model " + "m" * 99
    segment = described(1, "a", algorithm_name=name)
    algorithm = segment.SegmentationAlgorithmIdentificationSequence[0]
    assert segment.SegmentAlgorithmName == algorithm.AlgorithmName == name[:64]
    assert algorithm.AlgorithmVersion == VERSION
    assert algorithm.AlgorithmFamilyCodeSequence[0].CodeMeaning == "Artificial Intelligence"
