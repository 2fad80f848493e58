"""One line that says what happened, and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from medsam_core.errors import MedSAMError


class StatusLine:
    """Nothing has to be dismissed: a message goes with the next thing that works.

    Attributes:
        text: what is said; "" for nothing.
        is_problem: whether something went wrong.
    """

    def __init__(self) -> None:
        self.text, self.is_problem = "", False

    def tell(self, sentence: str) -> None:
        """Say what was done."""
        self.text, self.is_problem = sentence, False

    def warn(self, sentence: str) -> None:
        """Say what went wrong."""
        self.text, self.is_problem = sentence, True

    @contextlib.contextmanager
    def edge(self) -> Iterator[None]:
        """Something that the user did: its error becomes the message."""
        before = self.text
        try:
            yield
        except MedSAMError as error:
            self.warn(str(error))
        else:
            if self.is_problem and self.text == before:
                self.tell("")
