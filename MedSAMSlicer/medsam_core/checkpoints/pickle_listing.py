"""What a pickle names, read without running it."""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

_MAX_BYTES = 64 << 20
_MAX_WORDS = 20_000
_MAX_WORD = 200
_PICKLES_IN_A_LEGACY_FILE = 4  # magic number, protocol, system, and the object
# What a plain state dict is made of. It only decides which name an error mentions: what may be loaded is
# torch's own decision.
_HARMLESS_MODULES = frozenset(
    {"torch", "torch._utils", "torch._tensor", "torch.nn.parameter", "torch.storage"}
)
_HARMLESS = frozenset({"collections.OrderedDict", "collections.defaultdict", "builtins.set"})


@dataclass(frozen=True)
class PickleListing:
    """The names in a pickle.

    Attributes:
        objects: "module.name" of everything but tensors that it would build, in order, each once.
        words: its short texts: keys of dictionaries and the like.
    """

    objects: tuple[str, ...]
    words: frozenset[str]


def list_pickle(path: Path) -> PickleListing:
    """List a torch file's pickle; what is damaged ends the list."""
    objects: dict[str, None] = {}
    words: list[str] = []
    for name, is_object in _names_in(path):
        if is_object:
            module = name.rpartition(".")[0]
            if module not in _HARMLESS_MODULES and name not in _HARMLESS:
                objects[name] = None
        else:
            words.append(name)
        if len(words) + len(objects) > _MAX_WORDS:
            break
    return PickleListing(tuple(objects), frozenset(words))


def _names_in(path: Path) -> Iterator[tuple[str, bool]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                pickles = [n for n in archive.namelist() if n.split("/", 1)[-1] == "data.pkl"]
                with archive.open(pickles[0]) as file:
                    yield from _names_in_stream(BytesIO(file.read(_MAX_BYTES)))
        else:
            with path.open("rb") as file:
                start = BytesIO(file.read(_MAX_BYTES))  # a length in the file cannot ask for more than this
            for _ in range(_PICKLES_IN_A_LEGACY_FILE):
                yield from _names_in_stream(start)
    except (ValueError, LookupError, OSError, EOFError, zipfile.BadZipFile, NotImplementedError):
        return  # a damaged pickle names nothing more


def _names_in_stream(file: BytesIO) -> Iterator[tuple[str, bool]]:
    recent: list[str] = []
    for opcode, argument, _ in pickletools.genops(file):
        if opcode.name == "GLOBAL":
            yield str(argument).replace(" ", ".")[:_MAX_WORD], True
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(recent[-2:])[:_MAX_WORD], True
        elif isinstance(argument, str):
            recent = [*recent[-1:], argument]
            if len(argument) <= _MAX_WORD:
                yield argument, False
