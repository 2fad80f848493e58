"""Files that are no usable checkpoint, one builder each: damaged, hostile, or something else."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import layouts
import numpy as np
import torch
from safetensors.torch import save_file

Builder = Callable[[Path], Path]


class Hostile:
    """Pickles into a call that creates a file."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"echo ran > '{self.proof}'",)


class HostileState(Hostile):
    """The same through a function that torch's own files use."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (f"open({str(self.proof)!r}, 'w').write('ran')",)


def proof_of(folder: Path) -> Path:
    """The file that exists if hostile code has run."""
    return folder / "proof"


def _plain(folder: Path, name: str = "a.pth") -> Path:
    return layouts.saved(layouts.plain(), folder / name)


def _written(folder: Path, content: bytes, name: str = "a.pth") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _hostile_zip(folder: Path) -> Path:
    return layouts.saved({"model": layouts.plain(), "optimizer": Hostile(proof_of(folder))}, folder / "a.pth")


def _hostile_exec(folder: Path) -> Path:
    return layouts.saved({**layouts.plain(), "x": HostileState(proof_of(folder))}, folder / "a.pth")


def _hostile_legacy(folder: Path) -> Path:
    path = folder / "a.pth"
    torch.save({"model": Hostile(proof_of(folder))}, path, _use_new_zipfile_serialization=False)
    return path


def _hostile_pickle(folder: Path) -> Path:
    return _written(folder, pickle.dumps(Hostile(proof_of(folder))), "a.pkl")


def _hostile_inside_numpy(folder: Path) -> Path:
    np.savez(folder / "a.npz", np.array([Hostile(proof_of(folder))], dtype=object))
    return folder / "a.npz"


def _cut(share: float) -> Builder:
    def build(folder: Path) -> Path:
        path = _plain(folder)
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        return path

    return build


def _cut_legacy(folder: Path) -> Path:
    path = folder / "a.pth"
    torch.save(layouts.plain(), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-5000])
    return path


def _safetensors(
    folder: Path, change: Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]
) -> Path:
    """A file of one weight whose header and numbers are changed."""
    header = {"a.weight": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}
    header, numbers = change(header, bytes(16))
    text = json.dumps(header).encode()
    return _written(folder, struct.pack("<Q", len(text)) + text + numbers, "a.safetensors")


def _claims(**entry: Any) -> Builder:
    def build(folder: Path) -> Path:
        return _safetensors(folder, lambda h, n: ({"a.weight": h["a.weight"] | entry}, n))

    return build


def _overlap(folder: Path) -> Path:
    return _safetensors(folder, lambda h, n: (h | {"b.weight": h["a.weight"]}, n))


def _trailing(folder: Path) -> Path:
    return _safetensors(folder, lambda h, n: (h, n + b"more"))


def _long_header(folder: Path) -> Path:
    return _written(folder, struct.pack("<Q", 1 << 40) + b"{" + b" " * 100, "a.safetensors")


def _cut_safetensors(folder: Path) -> Path:
    save_file(layouts.plain(), folder / "a.safetensors")
    path = folder / "a.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    return path


def _many(folder: Path) -> Path:
    save_file({f"a.{number}": torch.zeros(1) for number in range(20_001)}, folder / "a.safetensors")
    return folder / "a.safetensors"


def _zip_bomb(folder: Path) -> Path:
    path = folder / "a.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
        archive.writestr("archive/data/0", bytes(40 << 20))
    return path


def _compressed(folder: Path) -> Path:
    source, path = _plain(folder, "b.pth"), folder / "a.pth"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, old.read(entry))
    return path


def _other_zip(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.pth", "w") as archive:
        archive.writestr("readme.txt", "x")
    return folder / "a.pth"


def _numpy_archive(folder: Path) -> Path:
    np.savez(folder / "a.npz", a=np.ones(2))
    return folder / "a.npz"


def _torchscript(folder: Path) -> Path:
    path = folder / "a.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), path)
    return path


def _loop(folder: Path) -> Path:
    (folder / "one").symlink_to(folder / "two")
    (folder / "two").symlink_to(folder / "one")
    return folder / "one"


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _folder(folder: Path) -> Path:
    (folder / "sub").mkdir()
    return folder / "sub"


def _tar(folder: Path) -> Path:
    source = _plain(folder, "b.pth")
    with tarfile.open(folder / "a.pth", "w") as archive:
        archive.add(source, "b.pth")
    return folder / "a.pth"


def _changed(name: str, change: Callable[[torch.Tensor], Any]) -> Builder:
    """A SAM with one weight changed."""

    def build(folder: Path) -> Path:
        weights = layouts.plain()
        weights[name] = change(weights[name])
        return layouts.saved(weights, folder / "a.pth")

    return build


def _saved(make: Callable[[], Any]) -> Builder:
    return lambda folder: layouts.saved(make(), folder / "a.pth")


def _with_nan(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.clone()
    tensor.view(-1)[7] = float("nan")
    return tensor


def _expanded(tensor: torch.Tensor) -> torch.Tensor:
    """Four bytes that claim to be 12 GB."""
    return tensor[:1, :1, :1, :1].clone().expand(1, 9999, 9999, 32)


_NECK = "image_encoder.neck.0.weight"
_POSITIONS = "image_encoder.pos_embed"

HOSTILE: dict[str, Builder] = {
    "code in a torch archive": _hostile_zip,
    "exec in a torch archive": _hostile_exec,
    "code in a torch file from before 1.6": _hostile_legacy,
    "code in a plain pickle": _hostile_pickle,
    "code in a numpy archive": _hostile_inside_numpy,
}

BAD: dict[str, tuple[Builder, str]] = {
    "a file that is not there": (lambda folder: folder / "nothing.pth", "no such file"),
    "an empty file": (lambda folder: _written(folder, b""), "is empty"),
    "one byte": (lambda folder: _written(folder, b"\x80"), "not a checkpoint"),
    "text": (lambda folder: _written(folder, b"hello, this is no network"), "not a checkpoint"),
    "random bytes": (
        lambda folder: _written(folder, np.random.default_rng(0).bytes(4096)),
        "not a checkpoint",
    ),
    "a web page": (lambda folder: _written(folder, b"\n<!DOCTYPE html><html>Sign in"), "web page"),
    "a Git LFS pointer": (lambda f: _written(f, b"version https://git-lfs.github.com/spec/v1\n"), "LFS"),
    "a gzip file": (lambda folder: _written(folder, gzip.compress(b"x")), "gzip"),
    "a tar archive": (_tar, "tar"),
    "an HDF5 file": (lambda folder: _written(folder, b"\x89HDF\r\n\x1a\n" + bytes(600)), "HDF5"),
    "a DICOM image": (lambda folder: _written(folder, bytes(128) + b"DICM" + bytes(500)), "DICOM"),
    "an ONNX graph": (lambda folder: _written(folder, b"\x08\x07\x12\x07pytorch\x1a\x052.0.0:"), "ONNX"),
    "a zip of something else": (
        lambda folder: (zipfile.ZipFile(folder / "a.pth", "w").writestr("readme.txt", "x"), folder / "a.pth")[
            1
        ],
        "zip archive",
    ),
    "a numpy archive": (lambda f: (np.savez(f / "a.npz", a=np.ones(2)), f / "a.npz")[1], "npz"),
    "TorchScript": (_torchscript, "TorchScript"),
    "a folder": (_folder, "is a folder without"),
    "links in a circle": (_loop, "cannot be read"),
    "a pipe": (_pipe, "not a regular file"),
    "a torch archive cut at the end": (_cut(0.9), "damaged"),
    "a torch archive cut in the middle": (_cut(0.4), "damaged"),
    "an old torch file cut": (_cut_legacy, "damaged"),
    "a safetensors file cut": (_cut_safetensors, "damaged"),
    "a header that claims more": (_claims(shape=[400], data_offsets=[0, 1600]), "damaged"),
    "a header whose shape does not fit": (_claims(shape=[5]), "damaged"),
    "a header of another type": (_claims(dtype="F99"), "damaged"),
    "a header with a negative side": (_claims(shape=[-4]), "damaged"),
    "a header that overflows": (_claims(shape=[2**63, 2**63]), "damaged"),
    "two weights in one place": (_overlap, "damaged"),
    "bytes after the last weight": (_trailing, "damaged"),
    "a header longer than the file": (_long_header, "cut short"),
    "weights without number": (_many, "has 20001 weights"),
    "an archive that inflates": (_zip_bomb, "claim"),
    "an archive packed again": (_compressed, "claim"),
    "a list": (_saved(lambda: [1, 2, 3]), "holds a list"),
    "a bare tensor": (_saved(lambda: torch.ones(3)), "holds a Tensor"),
    "an empty dictionary": (_saved(dict), "no weights"),
    "numbers only": (_saved(lambda: {"epoch": 3, "loss": 0.5}), "no weights"),
    "an optimizer only": (
        _saved(lambda: {"optimizer": layouts.optimizer_state(layouts.plain())}),
        "no weights",
    ),
    "names that are numbers": (_saved(lambda: {1: torch.ones(2)}), "is float32"),
    "a name without end": (_saved(lambda: {"a." * 9999: torch.ones(2)}), "endless name"),
    "names nobody knows": (_saved(lambda: {"what.weight": torch.ones(2)}), "no format"),
    "a whole pickled network": (_saved(lambda: torch.nn.Linear(2, 2)), "whole pickled network"),
    "a weight of NaN": (_changed(_NECK, _with_nan), "not numbers"),
    "a weight of infinity": (_changed(_NECK, lambda t: t / 0.0), "not numbers"),
    "a weight of another shape": (_changed(_NECK, lambda t: t[:, :-1]), "has shape"),
    "a weight of whole numbers": (_changed(_NECK, lambda t: t.long()), "whole numbers"),
    "a sparse weight": (_changed(_NECK, lambda t: t.squeeze().to_sparse()), "ordinary floating point"),
    "a complex weight": (_changed(_NECK, lambda t: t.to(torch.complex64)), "ordinary floating point"),
    "a weight that is text": (_changed(_NECK, lambda t: "neck"), "lacks 1 weights"),
    "a position table of one axis": (_changed(_POSITIONS, lambda t: t.flatten()), "axes"),
    "a position table without end": (
        _changed(_POSITIONS, lambda t: t[:1, :1, :1, :1].expand(1, 9999, 9999, 32)),
        "more than",
    ),
    "an empty position table": (_changed(_POSITIONS, lambda t: t[:, :0]), "image_size"),
    "a width that fits no head": (_changed(_POSITIONS, lambda t: t[..., :-3]), "width"),
}
"""What it is -> how to make it in an empty folder, and what the message has to say."""
