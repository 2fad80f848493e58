"""What travels with the program is found, and its absence is named."""

from __future__ import annotations

import pytest

from medsam_core.resources import ResourceMissing, resource_path


@pytest.mark.parametrize("name", ["Models/demo.safetensors", "Models/demo.md", "DemoCase/image.nrrd"])
def test_bundled_files_are_there(name: str) -> None:
    assert resource_path(name).stat().st_size > 0


def test_a_missing_file_says_what_to_do() -> None:
    with pytest.raises(ResourceMissing, match="install medsam-slicer again"):
        resource_path("Models/none.bin")
