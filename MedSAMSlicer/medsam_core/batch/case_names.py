"""Names that become names of files: safe on every system, and no two alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from medsam_core.errors import CasesError
from medsam_core.segmentation_writer import SUFFIXES
from medsam_core.volume_reader import READERS

LONGEST_NAME_BYTES = 200
"""File systems take 255; the report's suffix and that of a temporary name come on top."""

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_REMEDY = "give a plain name; every file goes into the output folder"
_RULES: tuple[tuple[Callable[[str], object], str], ...] = (
    (lambda name: not name, "is empty"),
    (lambda name: len(name.encode("utf-8", "replace")) > LONGEST_NAME_BYTES, "is too long"),
    (lambda name: re.search(r"[/\\]", name), "has a folder in it"),
    (lambda name: name.startswith("."), "starts with a dot"),
    (lambda name: name[0] in "-=+@~ ", "starts with a sign that shells and spreadsheets take for a command"),
    (lambda name: any(unicodedata.category(c) in _HIDDEN for c in name), "has characters that do not show"),
    (lambda name: re.search(r'[<>:"|?*]', name), "has a character that Windows takes in no file name"),
    (lambda name: name.endswith((".", " ")), "ends with a dot or a space"),
    (lambda name: name.split(".")[0].strip().lower() in _DEVICES, "is the name of a device on Windows"),
)
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def check_name(name: str, subject: str) -> None:
    """Refuse a name that could not be a file's on some system, or would lead out of its folder.

    Look-alikes count as what they look like: a full-width solidus is a solidus.

    Args:
        name: an id, or the name of an output.
        subject: what to call it in the message.

    Raises:
        CasesError: saying what is wrong with it.
    """
    for text in (name, unicodedata.normalize("NFKC", name)):
        problem = next((problem for is_wrong, problem in _RULES if is_wrong(text)), None)
        if problem is not None:
            raise CasesError(f"{subject} '{name[:80]}'", problem, _REMEDY)


def same_file_key(name: str) -> str:
    """Equal for names that some file system takes for one: case and composition of letters do not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def stem_of(path_text: str) -> str:
    """The last part of a path of either system, without the suffix of an image or of labels."""
    name = re.split(r"[/\\]", path_text.rstrip("/\\"))[-1]
    known = sorted({*READERS, *SUFFIXES}, key=len, reverse=True)
    suffix = next((s for s in known if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)] or name
