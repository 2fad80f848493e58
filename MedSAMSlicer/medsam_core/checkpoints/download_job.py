"""What to download, and what lies of it on the disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from medsam_core.checkpoints.digest import md5_of, sha256_of


@dataclass(frozen=True)
class Download:
    """A file to bring, and how to know it.

    Attributes:
        name: what the user calls it, for messages.
        url: where it is.
        target: where the file is to be; its folder is made.
        bytes, sha256, md5: what is known of the file; None is not checked.
    """

    name: str
    url: str
    target: Path
    bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None

    @property
    def verifiable(self) -> bool:
        """Whether a checksum is known."""
        return bool(self.sha256 or self.md5)

    @property
    def part(self) -> Path:
        """The unfinished file; a later attempt goes on from its end."""
        return self.target.with_name(self.target.name + ".part")

    @property
    def _note(self) -> Path:
        return self.target.with_name(self.target.name + ".part.json")

    def problem_of(self, path: Path) -> str | None:
        """Say what is wrong with a file, its size or its checksum; None if nothing is."""
        size = path.stat().st_size
        if size == 0:
            return "is empty"
        if self.bytes is not None and size != self.bytes:
            return f"has {size} bytes instead of {self.bytes}"
        for algorithm, expected, digest_of in (("sha256", self.sha256, sha256_of), ("md5", self.md5, md5_of)):
            if expected is not None and (found := digest_of(path)) != expected.lower():
                return f"has {algorithm} {found} instead of {expected.lower()}"
        return None

    def remember(self, validator: str | None) -> None:
        """Note which version the unfinished file is of, so that two are never joined."""
        self._note.write_text(json.dumps({"url": self.url, "validator": validator}), "utf-8")

    def remembered_validator(self) -> str | None:
        """The version of the unfinished file, if it came from the same address."""
        try:
            note = json.loads(self._note.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        same = isinstance(note, dict) and note.get("url") == self.url
        validator = note.get("validator") if same else None
        return validator if isinstance(validator, str) else None

    def finish(self) -> None:
        """Give the whole file its name."""
        self.part.replace(self.target)
        self._note.unlink(missing_ok=True)

    def forget(self) -> None:
        """Throw the unfinished file away."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
