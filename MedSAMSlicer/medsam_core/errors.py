"""The errors a user can meet: what was wrong, with what, and what to do."""

from __future__ import annotations


class MedSAMError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        subject: the file, option or object that is at fault, as the user named it.
        problem: what is wrong with it.
        remedy: what the user can do.

    ``str(error)`` is the one line ``<subject>: <problem>; <remedy>``.
    """

    def __init__(self, subject: object, problem: str, remedy: str) -> None:
        super().__init__(subject, problem, remedy)
        self.subject = str(subject)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        line = f"{self.subject}: {self.problem}; {self.remedy}"
        return " ".join("".join(c if _is_shown(c) else " " for c in line).split())


def _is_shown(letter: str) -> bool:
    """What a file says must not steer a terminal; a byte of a file name that is no letter is told as one."""
    return letter.isprintable() or "\ud800" <= letter <= "\udfff"


class VolumeError(MedSAMError):
    """An image or volume that cannot be read or used."""


class PromptError(MedSAMError):
    """A box, a point or a prompts file that cannot be used."""


class IntensityError(MedSAMError):
    """An intensity preset or window that cannot be used."""


class CheckpointError(MedSAMError):
    """A checkpoint that cannot be read, recognised or used."""


class DownloadError(MedSAMError):
    """A checkpoint that could not be fetched whole."""


class DeviceError(MedSAMError):
    """A device, precision or backend that is not there or ran out of memory."""


class OutputError(MedSAMError):
    """A result that cannot be written."""


class OptionError(MedSAMError):
    """A command-line option or function argument with a value that cannot be used."""


class CasesError(MedSAMError):
    """A list of cases that cannot be used."""


class Cancelled(MedSAMError):
    """The user cancelled; nothing was written."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "cancelled", "nothing was written")
