"""Segments get the coded term of their name."""

from __future__ import annotations

import pytest
from slicerio.segmentation import terminology_entry_from_string

from medsam_core.terminology import terminology_for


@pytest.mark.parametrize(
    ("name", "meaning", "side"),
    [
        ("liver", "Liver", None),
        ("Liver", "Liver", None),
        ("Left kidney", "Kidney", "Left"),
        ("kidney_right", "Kidney", "Right"),
        ("Kidneys", "Kidney", None),
        ("liver tumour", "Mass", None),
        ("kidney_cyst_2", "Cyst", None),
        ("gallbladder", "Gallbladder", None),
        ("urinary bladder", "Bladder", None),
        ("left ventricle", "Left Ventricle", None),
        ("lung upper lobe left", "Lung", "Left"),
        ("segment 1", "Tissue", None),
        ("", "Tissue", None),
        ("delivery", "Tissue", None),
        ("fatigue", "Tissue", None),
    ],
)
def test_a_name_finds_its_term(name: str, meaning: str, side: str | None) -> None:
    term = terminology_for(name)
    assert term.type[1] == meaning
    assert (term.modifier[1] if term.modifier else None) == side


@pytest.mark.parametrize("name", ["liver", "left lung", "anything"])
def test_slicerio_understands_the_term(name: str) -> None:
    parsed = terminology_entry_from_string(str(terminology_for(name)))
    assert parsed["contextName"] == "Segmentation category and type - 3D Slicer General Anatomy list"
    assert parsed["type"][0] == "SCT"
    assert "anatomicRegion" not in parsed
