"""Images without masks become a set that pretraining can read and fine-tuning cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_training.cli import main
from medsam_training.fit.config import Data
from medsam_training.fit.slice_pool import SlicePool
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources import find_cases
from medsam_training.prepared_set import PreparedSet


@pytest.fixture()
def a_folder_of_images(tmp_path: Path, write_volume, write_picture) -> Path:
    """Six volumes in two folders, a picture, a mask by name and a folder of masks."""
    folder = tmp_path / "scans"
    for number in range(6):
        array = np.arange(4 * 8 * 10, dtype=np.int16).reshape(4, 8, 10) + 1000 * number
        write_volume(folder / f"site{number % 2}" / f"case{number // 2}.nii.gz", array)
    write_picture(folder / "photo.png", np.arange(99, dtype=np.uint8).reshape(9, 11))
    write_volume(folder / "site0" / "case0_seg.nii.gz", np.ones((4, 8, 10), np.uint8))
    write_picture(folder / "masks" / "photo.png", np.ones((9, 11), np.uint8))
    return folder


def test_every_slice_of_every_image_is_kept_and_masks_are_no_images(
    a_folder_of_images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["prepare", str(a_folder_of_images), "--out", str(out), "--images-only", "--workers", "1"]
    assert main(words) == 0
    prepared = PreparedSet.open(out)
    names = {case.id.partition("/")[2] for case in prepared.cases}
    assert names == {f"site{site}_case{number}" for site in (0, 1) for number in range(3)} | {"photo"}
    refs = [ref for split in ("train", "val", "test") for ref in prepared.slices(split)]
    assert len(refs) == 6 * 4 + 1
    assert not any(prepared.labels_yx(ref).any() for ref in refs)
    assert prepared.image_yx(refs[0]).max() > 0
    assert (out / "contact_sheet.png").stat().st_size > 1000
    assert len(SlicePool.of_images(prepared, "train", (), None, 0)) > 0
    with pytest.raises(OptionError, match="no slice of the split 'train' is left"):
        SlicePool.of(prepared, "train", Data(), None, 0)


def test_a_folder_without_images_is_told(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    with pytest.raises(SourceError, match="holds no images that can be read"):
        find_cases([tmp_path], images_only=True)
    with pytest.raises(SourceError, match="does not exist"):
        find_cases([tmp_path / "nowhere"], images_only=True)
