"""`read_volume` takes any image a user has, or says in one line why not."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from medsam_core.errors import VolumeError
from medsam_core.geometry import Geometry
from medsam_core.volume_reader import READERS, read_volume
from testkit.dicom_files import write_series
from testkit.geometries import an_oblique_geometry

GRID = an_oblique_geometry()
VALUES = np.random.default_rng(0).integers(0, 255, GRID.shape_kji).astype(np.uint8)


def an_image(path: Path) -> Path:
    """An image in the format of the suffix."""
    if path.suffix in (".png", ".jpg", ".jpeg", ".tif", ".tiff"):
        Image.fromarray(VALUES[0]).save(path)
        return path
    if path.suffix in (".dcm", ".dicom", ".ima"):
        return write_series(path.parent, VALUES[:1], GRID, name="s")[0].rename(path)
    image = SimpleITK.GetImageFromArray(VALUES)
    GRID.apply_to_sitk(image)
    SimpleITK.WriteImage(image, str(path))
    return path


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("stem", ["image", "PATIENT.7.IMAGE"])
def test_every_suffix_is_read_in_lower_and_upper_case(tmp_path: Path, suffix: str, stem: str) -> None:
    path = an_image(tmp_path / f"{stem}{suffix}")
    lower = read_volume(path)
    if suffix not in (".nhdr", ".mhd"):
        renamed = path.rename(path.with_name(f"{stem}{suffix.upper()}"))
        assert read_volume(str(renamed)).content_key() == lower.content_key()
    assert lower.array_kji.flags.c_contiguous
    assert not lower.array_kji.flags.writeable
    assert lower.source == path
    assert lower.name in (stem, "a series")


def test_a_dicom_file_without_suffix_is_known_by_its_content(tmp_path: Path) -> None:
    path = an_image(tmp_path / "a.dcm").rename(tmp_path / "IM000001")
    assert read_volume(path).array_kji.shape == (1, 5, 6)


def test_a_folder_is_a_dicom_folder(tmp_path: Path) -> None:
    write_series(tmp_path, VALUES, GRID)
    assert read_volume(tmp_path).array_kji.shape == VALUES.shape


def test_real_images_of_every_set_are_read_as_itk_reads_them(data_root: Path) -> None:
    items = json.loads((data_root / "manifest.json").read_text())["items"]
    first = {}
    for item in items:
        first.setdefault(item["image"].split("/")[0], data_root / item["image"])
    assert len(first) > 10
    for path in (path for path in first.values() if path.is_file()):
        volume, image = read_volume(path), SimpleITK.ReadImage(str(path))
        assert volume.geometry.agrees_with(Geometry.from_sitk(image), tolerance_voxels=1e-3), path
        values = SimpleITK.GetArrayFromImage(image)
        assert volume.array_kji.dtype == values.dtype, path
        if path.suffix != ".jpg":  # decoders differ in the colours of JPEG
            assert np.array_equal(volume.array_kji.ravel(), values.ravel()), path


def a_text(path: Path) -> Path:
    path.write_text("hello world\n" * 30)
    return path


def a_socket(path: Path) -> Path:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket must be short
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)
    return path


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (lambda folder: folder / "gone.nii.gz", "does not exist; check the path"),
    "missing folder": (lambda folder: folder / "gone" / "image.nrrd", "does not exist"),
    "below a file": (lambda folder: a_text(folder / "a.txt") / "image.nrrd", "not exist|cannot be read"),
    "a name too long": (lambda folder: folder / ("x" * 300), "does not exist|cannot be read"),
    "unknown suffix": (lambda folder: a_text(folder / "notes.txt"), "format that is not known; give a DICOM"),
    "no suffix": (lambda folder: a_text(folder / "notes"), "format that is not known"),
    "a gzip of nothing known": (lambda folder: a_text(folder / "image.gz"), "format that is not known"),
    "no image in the folder": (lambda folder: folder, "holds no DICOM images"),
    "a socket": (lambda folder: a_socket(folder / "image.nii"), "is not a file"),
    **{
        f"empty {suffix}": (lambda folder, suffix=suffix: _touched(folder / f"a{suffix}"), "is empty")
        for suffix in READERS
    },
    **{
        f"text as {suffix}": (lambda folder, suffix=suffix: a_text(folder / f"a{suffix}"), "is no|holds no")
        for suffix in READERS
    },
}


def _touched(path: Path) -> Path:
    path.touch()
    return path


@pytest.mark.parametrize(("make", "words"), BAD.values(), ids=BAD)
def test_what_is_no_image_is_refused_quickly_silently_and_in_one_line(
    tmp_path: Path, make: Callable[[Path], Path], words: str, capfd: pytest.CaptureFixture
) -> None:
    path = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    start = time.perf_counter()
    with pytest.raises(VolumeError, match=words) as caught:
        read_volume(path)
    assert time.perf_counter() - start < 2
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("suffix", [s for s in READERS if s not in (".dcm", ".dicom", ".ima")])
def test_only_dicom_has_series(tmp_path: Path, suffix: str) -> None:
    path = an_image(tmp_path / f"image{suffix}")
    with pytest.raises(VolumeError, match="leave out --series"):
        read_volume(path, series="1")


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_cut_off_image_is_never_read_as_a_whole_one(
    tmp_path: Path, suffix: str, kept: float, capfd: pytest.CaptureFixture
) -> None:
    path = an_image(tmp_path / f"image{suffix}")
    whole = read_volume(path).content_key()
    data = max(tmp_path.iterdir(), key=lambda p: p.stat().st_size) if suffix in (".mhd", ".nhdr") else path
    content = data.read_bytes()
    data.write_bytes(content[: int(len(content) * kept)])
    try:
        assert read_volume(path).content_key() == whole, "some voxels were made up"
    except VolumeError as error:
        assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "suffix", [s for s in READERS if s not in (".mhd", ".nhdr", ".dicom", ".ima", ".jpeg")]
)
def test_flipped_bytes_end_in_a_volume_or_in_one_line(
    tmp_path: Path, suffix: str, capfd: pytest.CaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    rng = np.random.default_rng(len(suffix))
    path = an_image(tmp_path / f"image{suffix}")
    content = path.read_bytes()
    for _ in range(60):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), rng.choice([60, 400, len(content)])), 3):
            damaged[place] = rng.choice([0, 255, 127, 48 + rng.integers(10), rng.integers(256)])
        path.write_bytes(damaged)
        try:
            read_volume(path)
        except VolumeError as error:
            assert "\n" not in str(error)
    assert capfd.readouterr() == ("", "")
    assert not list(recwarn)


def test_reading_needs_neither_torch_nor_a_window_system() -> None:
    code = (
        "import sys, medsam_core.volume_reader, medsam_core.segmentation_writer, medsam_core.prompts_file\n"
        "import medsam_core.intensity\n"
        "assert not {'torch', 'vtk', 'slicer', 'qt', 'PyQt5', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
