"""What the page says of a segmentation that was opened."""

from __future__ import annotations

from medsam_core.mrml.saved_segments import AddedSegments
from medsam_viewer.segmentation_chooser import told


def test_it_says_how_many_segments_came_and_what_of_them_did_not() -> None:
    assert (
        told("a.nrrd", AddedSegments(("1",), False, 0)) == "Opened a.nrrd: 1 segment. Ctrl+Z takes it back."
    )
    sentences = told("a.nrrd", AddedSegments(("1", "2", "3"), True, 1234, ("liver", "cyst")))
    assert "3 segments" in sentences
    assert "1,234 of its voxels lie outside" in sentences
    assert (
        "The prompt journal of 'liver' and 1 more does not fit here, or is damaged, and is left out."
        in sentences
    )
