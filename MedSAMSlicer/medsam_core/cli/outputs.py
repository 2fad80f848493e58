"""The files a run writes: checked together before the work, written all or none after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from medsam_core.atomic_file import atomic_output, check_output
from medsam_core.errors import OptionError, OutputError


@dataclass(frozen=True)
class Outputs:
    """What to write where; None for what is not wanted.

    Attributes:
        force: replace files that exist.
    """

    labels: Path
    report: Path | None = None
    overview: Path | None = None
    force: bool = False

    @property
    def paths(self) -> dict[str, Path]:
        """Option -> path, of those wanted."""
        given = {"--output": self.labels, "--report": self.report, "--overview": self.overview}
        return {option: path for option, path in given.items() if path is not None}

    def check(self, inputs: dict[str, Path]) -> None:
        """Refuse what could not be written, or would replace something that is read.

        Args:
            inputs: what each given file is ("the image", ...) -> its path.

        Raises:
            OptionError: two outputs are one file, or a name has a kind that is not written.
            OutputError: an output cannot be written, or is one of the inputs.
        """
        names = list(self.paths.values())
        if len({_absolute(path) for path in names}) < len(names):
            options = ", ".join(self.paths)
            raise OptionError(options, "two of them name one file", "give each a name of its own")
        if self.overview is not None and self.overview.suffix.lower() != ".png":
            raise OptionError("--overview", f"'{self.overview.name}' is no PNG", "let its name end in .png")
        for path in names:
            check_output(path, overwrite=self.force)
            for what, source in inputs.items():
                if _is_same_file(path, source):
                    raise OutputError(path, f"is {what} itself", "write under another name")

    @contextmanager
    def open(self) -> Iterator[dict[str, Path]]:
        """Yield option -> temporary path; all are renamed when the block ends, none if it fails."""
        with ExitStack() as files:
            yield {
                option: files.enter_context(atomic_output(path, overwrite=self.force))
                for option, path in self.paths.items()
            }


def _absolute(path: Path) -> Path:
    # Not resolve(): a loop of links would raise here what check_output says better.
    return path.parent.absolute() / path.name


def _is_same_file(path: Path, source: Path) -> bool:
    try:
        return source.is_file() and path.samefile(source)
    except (OSError, RuntimeError):
        return False
