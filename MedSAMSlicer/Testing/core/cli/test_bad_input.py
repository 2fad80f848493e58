"""Whatever is wrong with what a user gives: one line that says so, exit code 2, nothing written."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from safetensors.numpy import save_file

from medsam_core.cli import main

BOX = ["--box", "5,5,2,20,18,4"]
Words = list[str]


def a_volume(path: Path, values: np.ndarray | None = None) -> Path:
    rng = np.random.default_rng(0)
    image = sitk.GetImageFromArray(
        rng.integers(0, 900, (6, 24, 28)).astype(np.int16) if values is None else values
    )
    sitk.WriteImage(image, str(path))
    return path


def good(folder: Path, *more: str) -> Words:
    """The words of a run that would work; cases below change one thing."""
    image = folder / "image.nii.gz"
    if not image.exists():
        a_volume(image)
    return ["segment", str(image), "--output", str(folder / "out.nii.gz"), *more]


def with_image(folder: Path, name: str, content: bytes | np.ndarray | None) -> Words:
    path = folder / name
    if isinstance(content, np.ndarray):
        a_volume(path, content)
    elif content is not None:
        path.write_bytes(content)
    return ["segment", str(path), "--output", str(folder / "out.nii.gz"), *BOX]


def with_prompts(folder: Path, content: object) -> Words:
    path = folder / "prompts.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return good(folder, "--prompts", str(path))


def with_model(folder: Path, name: str, content: bytes) -> Words:
    (folder / name).write_bytes(content)
    return good(folder, *BOX, "--model", str(folder / name))


def prompts(**changes: object) -> dict:
    segment = {"name": "liver", "label": 1, "boxes": [{"min": [5, 5, 2], "max": [20, 18, 4]}]}
    return {"version": 1, "frame": "ijk", "segments": [segment], **changes}


def segment(**changes: object) -> dict:
    return prompts(segments=[{**prompts()["segments"][0], **changes}])


def torch_bytes(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


class Hostile:
    """What an attacker would put into a checkpoint."""

    def __reduce__(self):
        return (os.system, (f"touch {Hostile.witness}",))

    witness = Path("unset")


def hostile(folder: Path) -> Words:
    Hostile.witness = folder.parent / f"{folder.name}.ran"
    return with_model(folder, "hostile.pth", torch_bytes({"model": Hostile()}))


def bare_hostile_pickle(folder: Path) -> Words:
    Hostile.witness = folder.parent / f"{folder.name}.ran"
    return with_model(folder, "hostile.pth", pickle.dumps(Hostile()))


def nifti_header(*dimensions: int) -> bytes:
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(dimensions), *dimensions, *([1] * (7 - len(dimensions))))
    struct.pack_into("<2h", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, *([1.0] * 8))
    struct.pack_into("<f", header, 108, 352.0)
    header[344:348] = b"n+1\0"
    return bytes(header)


def huge_png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * 300_000_000)
    return buffer.getvalue()


def wrong_shapes() -> bytes:
    return torch_bytes(
        {"image_encoder.pos_embed": torch.zeros(1, 7, 9, 768), "mask_decoder.x": torch.zeros(3)}
    )


def truncated(path: Path) -> bytes:
    content = path.read_bytes()
    return content[: len(content) // 2]


def output_exists(folder: Path) -> Words:
    (folder / "out.nii.gz").write_bytes(b"mine")
    return good(folder, *BOX)


def report_exists(folder: Path) -> Words:
    (folder / "report.json").write_bytes(b"mine")
    return good(folder, *BOX, "--report", str(folder / "report.json"))


def own_with_header(folder: Path, header: str) -> Words:
    path = folder / "own.safetensors"
    save_file({"x": np.zeros(3, np.float32)}, str(path), metadata={"medsam": header})
    return good(folder, *BOX, "--model", str(path))


NRRD_HUGE = b"NRRD0004\ntype: short\ndimension: 3\nsizes: 60000 60000 60000\nencoding: gzip\n\nxx"
NRRD_OUTSIDE = (
    b"NRRD0004\ntype: short\ndimension: 3\nsizes: 4 4 4\nencoding: raw\nendian: little\n"
    b"data file: /etc/passwd\n"
)

CASES: dict[str, Callable[[Path], Words]] = {
    # the image
    "image missing": lambda d: with_image(d, "none.nii.gz", None),
    "image empty": lambda d: with_image(d, "empty.nii.gz", b""),
    "image truncated": lambda d: with_image(d, "cut.nii.gz", truncated(a_volume(d / "whole.nii.gz"))),
    "image of text": lambda d: with_image(d, "text.nii.gz", b"this is not an image"),
    "image of unknown kind": lambda d: with_image(d, "image.xyz", b"abc"),
    "nrrd of rubbish": lambda d: with_image(d, "image.nrrd", b"NRRD0004\ntype: nonsense\n\n"),
    "mha truncated": lambda d: with_image(d, "cut.mha", truncated(a_volume(d / "whole.mha"))),
    "png truncated": lambda d: with_image(d, "cut.png", b"\x89PNG\r\n\x1a\n\0\0"),
    "folder without dicom": lambda d: ["segment", str(d), "--output", str(d / "out.nii.gz"), *BOX],
    "nifti of giant size": lambda d: with_image(d, "giant.nii", nifti_header(30000, 30000, 30000)),
    "png of giant size": lambda d: with_image(d, "giant.png", huge_png()),
    "nrrd of giant size": lambda d: with_image(d, "giant.nrrd", NRRD_HUGE),
    "nrrd that names a file elsewhere": lambda d: with_image(d, "image.nhdr", NRRD_OUTSIDE),
    "image of four dimensions": lambda d: with_image(
        d, "4d.nii", nifti_header(4, 4, 4, 3) + bytes(4 * 4 * 4 * 3 * 2)
    ),
    "frame of a 3D image": lambda d: good(d, *BOX, "--frame", "7"),
    "image of nothing but NaN": lambda d: with_image(
        d, "nan.nii.gz", np.full((6, 24, 28), np.nan, np.float32)
    ),
    # boxes
    "no prompt": lambda d: good(d),
    "box and prompts": lambda d: [*with_prompts(d, prompts()), *BOX],
    "box outside": lambda d: good(d, "--box", "5,5,2,200,18,4"),
    "box inverted": lambda d: good(d, "--box", "20,5,2,5,18,4"),
    "box below zero": lambda d: good(d, "--box=-1,5,2,20,18,4"),
    "box of five numbers": lambda d: good(d, "--box", "5,5,2,20,18"),
    "box of words": lambda d: good(d, "--box", "a,b,c,d,e,f"),
    "box of one column": lambda d: good(d, "--box", "5,5,2,5,18,4"),
    "box on a 1-voxel axis": lambda d: [
        *with_image(d, "thin.nii.gz", np.zeros((6, 1, 28), np.int16))[:-2],
        "--box",
        "5,0,2,20,1,4",
    ],
    "more boxes than names": lambda d: good(d, *BOX, *BOX, "--name", "liver"),
    "more names than boxes": lambda d: good(d, *BOX, "--name", "liver", "--name", "spleen"),
    "name without letters": lambda d: good(d, *BOX, "--name", " "),
    "name of two lines": lambda d: good(d, *BOX, "--name", "liver\nspleen"),
    "name beside a prompts file": lambda d: [*with_prompts(d, prompts()), "--name", "liver"],
    # the prompts file
    "prompts missing": lambda d: good(d, "--prompts", str(d / "none.json")),
    "prompts empty": lambda d: with_prompts(d, b""),
    "prompts of bad JSON": lambda d: with_prompts(d, b"{"),
    "prompts that are a list": lambda d: with_prompts(d, []),
    "prompts of another version": lambda d: with_prompts(d, prompts(version=2)),
    "prompts in an unknown frame": lambda d: with_prompts(d, prompts(frame="xyz")),
    "prompts with a misspelt key": lambda d: with_prompts(d, segment(boxs=[])),
    "prompts with duplicate labels": lambda d: with_prompts(d, prompts(segments=prompts()["segments"] * 2)),
    "prompts with label 0": lambda d: with_prompts(d, segment(label=0)),
    "prompts with NaN": lambda d: with_prompts(
        d,
        b'{"version":1,"frame":"ras","segments":[{"name":"a","label":1,"points":[{"position":[NaN,0,0],'
        b'"positive":true}]}]}',
    ),
    "prompts without segments": lambda d: with_prompts(d, prompts(segments=[])),
    "prompts that prompt nothing": lambda d: with_prompts(d, segment(boxes=[])),
    "prompts far outside": lambda d: with_prompts(
        d, {**segment(boxes=[{"min": [900, 900, 900], "max": [950, 950, 950]}]), "frame": "ras"}
    ),
    "prompts with only negative clicks": lambda d: with_prompts(
        d, segment(boxes=[], points=[{"position": [9, 9, 3], "positive": False}])
    ),
    "prompts nested too deep": lambda d: with_prompts(d, b"[" * 100_000),
    # the model
    "model unknown": lambda d: good(d, *BOX, "--model", "no-such-model"),
    "model missing": lambda d: good(d, *BOX, "--model", str(d / "none.pth")),
    "model empty": lambda d: with_model(d, "empty.pth", b""),
    "model of text": lambda d: with_model(d, "text.pth", b"hello"),
    "model with code inside": hostile,
    "model that is a bare pickle with code": bare_hostile_pickle,
    "model truncated": lambda d: with_model(d, "cut.pth", torch_bytes({"x": torch.zeros(10_000)})[:9000]),
    "model of wrong shapes": lambda d: with_model(d, "shapes.pth", wrong_shapes()),
    "model of another network": lambda d: with_model(
        d, "other.pth", torch_bytes({"fc.weight": torch.zeros(3, 3)})
    ),
    "model that is a list": lambda d: with_model(d, "list.pth", torch_bytes([1, 2, 3])),
    "model that is a zip bomb": lambda d: with_model(d, "bomb.pth", zip_bomb()),
    "safetensors of giant header": lambda d: with_model(
        d, "big.safetensors", struct.pack("<Q", 1 << 60) + b"{}"
    ),
    "own file of bad header": lambda d: own_with_header(d, "{"),
    "own file of a newer format": lambda d: own_with_header(d, '{"format": 99}'),
    "model preset unknown": lambda d: good(d, *BOX, "--preset", "no-such-preset"),
    # options
    "device unknown": lambda d: good(d, *BOX, "--device", "tpu"),
    "precision unknown": lambda d: good(d, *BOX, "--precision", "int3"),
    "propagation unknown": lambda d: good(d, *BOX, "--propagation", "magic"),
    "intensity unknown": lambda d: good(d, *BOX, "--intensity", "ct-nose"),
    "intensity inverted": lambda d: good(d, *BOX, "--intensity", "300,100"),
    "intensity not a number": lambda d: good(d, *BOX, "--intensity", "nan,100"),
    "option unknown": lambda d: good(d, *BOX, "--colour", "red"),
    "option without value": lambda d: good(d, "--box"),
    "command unknown": lambda d: ["segmnt"],
    # the output
    "output of unknown kind": lambda d: [*good(d, *BOX)[:3], str(d / "out.docx"), *BOX],
    "output exists": output_exists,
    "report exists": report_exists,
    "output in a missing folder": lambda d: [*good(d, *BOX)[:3], str(d / "none" / "out.nii.gz"), *BOX],
    "output is a folder": lambda d: [*good(d, *BOX)[:3], str(d), *BOX],
    "output is the report": lambda d: good(d, *BOX, "--report", str(d / "out.nii.gz")),
    "png of a volume": lambda d: [*good(d, *BOX)[:3], str(d / "out.png"), *BOX],
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_gives_one_line_exit_code_2_and_writes_nothing(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    words = CASES[name](folder)
    before = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    code = main(words)
    out, err = capfd.readouterr()
    lines = err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), err
    assert lines[0].count("; ") >= 1, "it says what to do"
    assert code == 2
    assert "Traceback" not in err and out == ""
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert not (tmp_path / "work.ran").exists(), "the code in the checkpoint ran"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "locked"
    words = good(tmp_path, *BOX)
    folder.mkdir(mode=0o500)
    words[3] = str(folder / "out.nii.gz")
    assert main(words) == 2
    assert "locked" in capfd.readouterr().err


def test_an_output_in_a_place_that_takes_no_files_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs a /proc that takes no files")
    words = good(tmp_path, *BOX)
    words[3] = "/proc/out.nii.gz"
    assert main(words) == 2
    assert capfd.readouterr().err.startswith("error: ")


def test_debug_shows_the_traceback(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        main([*good(tmp_path, *BOX)[:1], str(tmp_path / "none.nii"), "--output", "x.nii", *BOX, "--debug"])
        == 2
    )
    assert "Traceback" in capfd.readouterr().err


def test_there_are_at_least_forty_cases() -> None:
    assert len(CASES) >= 40
