"""`medsam-slicer segment` from words to files, through real processes and real files."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from medsam_core.cli import main
from medsam_core.volume_reader import read_volume
from testkit.dicom_files import write_series
from testkit.geometries import an_oblique_geometry

OBLIQUE = (0.96, 0.0, 0.28, 0.0, 1.0, 0.0, -0.28, 0.0, 0.96)


@pytest.fixture(scope="module")
def an_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    k, j, i = np.indices((8, 48, 56))
    values = np.where((3 * (k - 4)) ** 2 + (j - 24) ** 2 + (i - 26) ** 2 < 13**2, 180, -60)
    image = sitk.GetImageFromArray((values + np.random.default_rng(0).normal(0, 9, k.shape)).astype(np.int16))
    image.SetSpacing((0.8, 0.8, 3.0))
    image.SetOrigin((-40.0, 12.5, 700.0))
    image.SetDirection(OBLIQUE)
    path = tmp_path_factory.mktemp("image") / "ct.nrrd"
    sitk.WriteImage(image, str(path))
    return path


BOX = ("--box", "12,10,2,40,38,6")


def words(image: Path, output: Path, *more: str) -> list[str]:
    return ["segment", str(image), "--output", str(output), "--device", "cpu", *BOX, *more]


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha", ".seg.nrrd"])
def test_the_output_has_the_images_geometry_and_the_label(
    an_image: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"out{suffix}"
    assert main(words(an_image, output)) == 0
    image, labels = sitk.ReadImage(str(an_image)), sitk.ReadImage(str(output))
    assert labels.GetSize() == image.GetSize()
    np.testing.assert_allclose(labels.GetSpacing(), image.GetSpacing(), rtol=1e-6)
    np.testing.assert_allclose(labels.GetOrigin(), image.GetOrigin(), atol=1e-3)
    np.testing.assert_allclose(labels.GetDirection(), image.GetDirection(), atol=1e-6)
    found = sitk.GetArrayFromImage(labels)
    assert set(np.unique(found)) == {0, 1}
    assert found[4].any() and not found[[0, 1, 7]].any()


def test_names_of_boxes_reach_the_file_and_the_summary(
    an_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = ("--box", "2,2,1,12,12,2")
    assert main(words(an_image, tmp_path / "a.seg.nrrd", *other, "--name", "LIVER", "--name", "Milz 肝")) == 0
    out = capsys.readouterr().out
    assert "LIVER" in out and "segment 1" not in out
    image = sitk.ReadImage(str(tmp_path / "a.seg.nrrd"))
    found = {
        image.GetMetaData(f"Segment{n}_LabelValue"): image.GetMetaData(f"Segment{n}_Name") for n in (0, 1)
    }
    assert found == {"1": "LIVER", "2": "Milz 肝"}


def test_a_dicom_folder_becomes_a_dicom_segmentation(tmp_path: Path) -> None:
    pydicom = pytest.importorskip("pydicom")
    pytest.importorskip("highdicom")
    from testkit.dicom_seg import labels_of_seg

    k, j, i = np.indices((8, 48, 56))
    values = np.where((3 * (k - 4)) ** 2 + (j - 24) ** 2 + (i - 26) ** 2 < 13**2, 180, -60)
    write_series(tmp_path / "images", values.astype(np.int16), an_oblique_geometry((56, 48, 8)))
    for output in ("out.nrrd", "out.seg.dcm"):
        assert main(words(tmp_path / "images", tmp_path / output)) == 0
    labels = read_volume(tmp_path / "out.nrrd")
    assert np.array_equal(labels_of_seg(tmp_path / "out.seg.dcm", labels.geometry), labels.array_kji)
    segment = pydicom.dcmread(tmp_path / "out.seg.dcm").SegmentSequence[0]
    assert segment.SegmentAlgorithmName.startswith("MedSAMSlicer ")
    assert segment.SegmentAlgorithmName.endswith(", model demo")


def test_an_image_that_is_no_dicom_cannot_become_one(
    an_image: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(an_image, tmp_path / "out.dcm")) == 2
    assert "out.dcm: a DICOM segmentation refers to DICOM images" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_report_and_overview_tell_what_was_done(an_image: Path, tmp_path: Path) -> None:
    report, overview = tmp_path / "report.json", tmp_path / "overview.png"
    more = ("--report", str(report), "--overview", str(overview), "--propagation", "track")
    assert main(words(an_image, tmp_path / "out.nii.gz", *more)) == 0
    told = json.loads(report.read_text())
    assert len(told["model"]["sha256"]) == 64 and told["model"]["name"] == "demo"
    assert told["device"] == "cpu" and told["precision"] in {"fp32", "bf16"}
    assert told["intensity"]["preset"] and told["intensity"]["reason"]
    assert {"load_image", "load_model", "encode", "decode", "write"} <= set(told["seconds"])
    (segment,) = told["segments"]
    assert segment["voxels"] > 0 and segment["volume_ml"] > 0 and segment["confidence"]
    assert {s["direction"] for s in segment["stops"]} == {"up", "down"}
    assert all(s["reason"] for s in segment["stops"])
    with Image.open(overview) as picture:
        assert min(picture.size) > 300


def test_a_picture_gives_a_png_of_labels(tmp_path: Path) -> None:
    y, x = np.indices((60, 70))
    inside = (y - 30) ** 2 + (x - 33) ** 2 < 15**2
    colours = np.where(inside[..., None], (200, 60, 60), (40, 90, 160)).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "picture.png")
    line = [
        "segment",
        str(tmp_path / "picture.png"),
        "-o",
        str(tmp_path / "labels.png"),
        "--box",
        "16,13,0,50,47,0",
    ]
    assert main(line) == 0
    with Image.open(tmp_path / "labels.png") as labels:
        found = np.asarray(labels) == 1
    assert 2 * (found & inside).sum() / (found.sum() + inside.sum()) > 0.85


def test_prompts_in_millimetres_give_what_the_same_box_in_voxels_gives(
    an_image: Path, tmp_path: Path
) -> None:
    image = sitk.ReadImage(str(an_image))
    corners = [image.TransformIndexToPhysicalPoint(c) for c in ((12, 10, 2), (40, 38, 6))]
    box = {"min": list(corners[0]), "max": list(corners[1])}
    content = {"version": 1, "frame": "lps", "segments": [{"name": "ball", "label": 1, "boxes": [box]}]}
    (tmp_path / "prompts.json").write_text(json.dumps(content))
    assert main(words(an_image, tmp_path / "a.nrrd")) == 0
    given = ["segment", str(an_image), "-o", str(tmp_path / "b.nrrd"), "--device", "cpu"]
    assert main([*given, "--prompts", str(tmp_path / "prompts.json")]) == 0
    a, b = (sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / f"{n}.nrrd"))) for n in "ab")
    np.testing.assert_array_equal(a, b)


def test_force_replaces_and_nothing_else_does(
    an_image: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.nii.gz"
    output.write_bytes(b"mine")
    assert main(words(an_image, output)) == 2
    assert output.read_bytes() == b"mine" and "--force" in capfd.readouterr().err
    assert main(words(an_image, output, "--force")) == 0
    assert output.read_bytes() != b"mine"


def test_one_prompted_slice_is_one_slice_and_the_way_on_is_named(
    an_image: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out.nii.gz"
    line = ["segment", str(an_image), "-o", str(output), "--box", "12,10,4,40,38,4"]
    assert main(line) == 0
    filled = np.flatnonzero(sitk.GetArrayFromImage(sitk.ReadImage(str(output))).any(axis=(1, 2)))
    assert filled.tolist() == [4]
    assert "--propagation track" in capfd.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent as a POSIX signal")
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sitk.WriteImage(
        sitk.GetImageFromArray(rng.integers(0, 255, (400, 96, 96), np.uint8)), str(tmp_path / "a.nrrd")
    )
    folder = tmp_path / "out"
    folder.mkdir()
    # As the installed script does: -m would leave by the signal if it came while a module was being imported.
    program = "import sys; from medsam_core.cli import main; sys.exit(main())"
    line = [sys.executable, "-c", program, "segment", str(tmp_path / "a.nrrd")]
    line += [
        "-o",
        str(folder / "out.nii.gz"),
        "--box",
        "8,8,0,80,80,399",
        "--overview",
        str(folder / "o.png"),
    ]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.splitlines() == ["error: interrupted: stopped by Ctrl-C; nothing was written"]
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, an_image: Path) -> None:
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("needs the right to mount a small file system")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(small)], check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small file system")
    try:
        line = [sys.executable, "-m", "medsam_core", *words(an_image, small / "out.nii.gz")]
        line += ["--overview", str(small / "o.png")]
        run = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
        left = list(small.iterdir())
    finally:
        subprocess.run(["umount", str(small)], check=False)
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1 and "no space left" in run.stderr
    assert left == []
