"""Files of torch.save: weights are read, code is not run."""

from __future__ import annotations

import pickle
import struct
import warnings
import zipfile
from pathlib import Path

import torch

from medsam_core.checkpoints.file_kind import FileKind
from medsam_core.checkpoints.pickle_listing import PickleListing, list_pickle
from medsam_core.errors import CheckpointError

_MAX_ENTRIES = 200_000
_MAX_PICKLE_BYTES = 64 << 20
# What torch's reader raises for files that are damaged, or made to be: it promises no one type.
_FAULTS = (
    pickle.UnpicklingError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
    OSError,
    struct.error,
)
_STRIP = (
    "where you trust the file, keep only its weights: python -c \"import torch; c = torch.load('FILE', "
    "map_location='cpu', weights_only=False); torch.save(c.get('model', c.get('state_dict', "
    "c.get('model_state', c))), 'weights.pth')\""
)


def read_torch_file(path: Path, kind: FileKind) -> object:
    """Read what torch.save wrote: dictionaries, lists, numbers, texts and tensors (on the CPU, mapped).

    Raises:
        CheckpointError: it is damaged, inflates, or holds other objects; those are never built.
    """
    if kind is FileKind.TORCH_ZIP:
        _refuse_inflation(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # torch warns of its own storages, which is nobody's business here
            return _load(path, kind)
    except _FAULTS as error:
        raise _explain(path, error) from error


def _load(path: Path, kind: FileKind) -> object:
    # torch.load decides by suffix before it looks: a torch archive called .safetensors goes in as a stream.
    if kind is FileKind.TORCH_ZIP and path.suffix.lower() != ".safetensors":
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    with path.open("rb") as file:
        return torch.load(file, map_location="cpu", weights_only=True)


def _refuse_inflation(path: Path) -> None:
    """torch stores tensors as they are: entries that add up to more than the file inflate or overlap."""
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise CheckpointError(path, f"has {len(entries)} entries", "use a file that torch.save wrote")
    total = sum(entry.file_size for entry in entries)
    if total > path.stat().st_size:
        raise CheckpointError(
            path,
            f"its entries claim {total} bytes, more than the whole file has",
            "save it again with torch.save, which does not compress",
        )
    if any(e.filename.endswith("data.pkl") and e.file_size > _MAX_PICKLE_BYTES for e in entries):
        raise CheckpointError(
            path, "its index is larger than any network's", "use a file that torch.save wrote"
        )


def _explain(path: Path, error: BaseException) -> CheckpointError:
    if isinstance(error, MemoryError) or "allocate" in str(error):
        return CheckpointError(path, "needs more memory than there is", "close other programs")
    listing = list_pickle(path)
    foreign = _foreign_of(path, listing)
    if foreign is not None:
        return foreign
    if isinstance(error, pickle.UnpicklingError) and listing.objects:
        more = f" and {len(listing.objects) - 1} more" if len(listing.objects) > 1 else ""
        return CheckpointError(
            path,
            f"holds a pickled {listing.objects[0]}{more} beside its weights; reading that could run code",
            _STRIP.replace("FILE", path.name),
        )
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return CheckpointError(path, f"is damaged ({reason})", "it was not copied whole; copy it again")


def _foreign_of(path: Path, listing: PickleListing) -> CheckpointError | None:
    if {"network_weights", "trainer_name"} <= listing.words:
        return CheckpointError(
            path,
            "is an nnU-Net (or nnInteractive) checkpoint, which is not a SAM",
            "run it with nnU-Net, or give a SAM-type checkpoint",
        )
    if any(name.startswith("ultralytics.") for name in listing.objects):
        return CheckpointError(
            path, "is an Ultralytics model (YOLO, FastSAM), which is not a SAM", "give a SAM-type checkpoint"
        )
    if any(name.startswith("torch.nn.modules.") for name in listing.objects):
        return CheckpointError(
            path,
            f"is a whole pickled network ({listing.objects[0]}), not its weights",
            "where you trust it, load it and torch.save(network.state_dict(), 'weights.pth')",
        )
    return None
