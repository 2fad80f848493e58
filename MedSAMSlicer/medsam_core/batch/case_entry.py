"""What a row of a CASES file may hold."""

from __future__ import annotations

import difflib
import os
import re
import unicodedata
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from medsam_core.batch.case import Case
from medsam_core.batch.case_ids import Unnamed
from medsam_core.batch.case_names import stem_of
from medsam_core.segmentation_writer import SUFFIXES

LONGEST_PATH = 4096
MOST_BOXES = 10_000


def _visible(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError("it has control characters")
    return text


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _blank_is_none(value: object) -> object:
    return _stripped(value) or None if isinstance(value, str) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_number(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value) else value


def _as_list(value: object) -> object:
    """Boxes may come as one text with semicolons between them."""
    return [part for part in value.split(";") if part.strip()] if isinstance(value, str) else value


_Text = Annotated[str, Field(max_length=LONGEST_PATH), AfterValidator(_visible)]
_MaybeText = Annotated[_Text | None, BeforeValidator(_blank_is_none)]
_MaybeName = Annotated[_Text | None, BeforeValidator(_as_text), BeforeValidator(_blank_is_none)]
_MaybeNumber = Annotated[int | None, BeforeValidator(_as_number), BeforeValidator(_blank_is_none)]
_Boxes = Annotated[list[_Text], Field(max_length=MOST_BOXES)]
_MaybeBoxes = Annotated[_Boxes | None, BeforeValidator(_as_list), BeforeValidator(_blank_is_none)]


class CaseEntry(BaseModel):
    """A row as it stands in the file, of a JSON object or of the cells of a CSV."""

    model_config = ConfigDict(extra="forbid", strict=True)

    image: Annotated[_Text, Field(min_length=1), BeforeValidator(_stripped)]
    box: _MaybeText = None
    boxes: _MaybeBoxes = None
    prompts: _MaybeText = None
    id: _MaybeName = None
    output: _MaybeText = None
    frame: _MaybeNumber = None
    series: _MaybeName = None

    def name(self, folder: Path) -> Unnamed:
        """Its id, or that of its output, or what an id is made from."""
        settled = self.id or (stem_of(self.output) if self.output else None)
        if settled is not None:
            return Unnamed(settled)
        image = Path(os.path.abspath(located(self.image, folder)))  # noqa: PTH100 - links keep their names
        return Unnamed(image.name if self.image.rstrip("/\\").endswith(".") else self.image, image)

    def case(self, case_id: str, folder: Path, suffix: str) -> Case:
        """The case, with paths relative to a folder.

        Args:
            suffix: the format of an output that names none.

        Raises:
            CasesError: its id or output would not do as a file name.
        """
        output = self.output or ""
        if not output.lower().endswith(SUFFIXES):
            output = f"{output or case_id}{suffix}"
        return Case(
            id=case_id,
            image=located(self.image, folder),
            boxes=tuple(box.strip() for box in [*([self.box] if self.box else []), *(self.boxes or [])]),
            prompts=located(self.prompts, folder) if self.prompts else None,
            output=output,
            frame=self.frame,
            series=self.series,
        )


COLUMNS = tuple(CaseEntry.model_fields)


def nearest_column(name: str) -> str:
    """A remedy for a column that is not known."""
    close = difflib.get_close_matches(name.strip().lower(), COLUMNS, 1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known are {', '.join(COLUMNS)}"


def located(text: str, folder: Path) -> Path:
    """A path of a CASES file: relative to its folder, perhaps written on Windows."""
    plain = text
    is_foreign = os.name != "nt" and "\\" in plain and not re.match(r"[A-Za-z]:|\\\\", plain)
    if is_foreign and not os.path.exists(folder / plain):  # noqa: PTH110 - Path.exists raises on long names
        plain = plain.replace("\\", "/")
    return folder / Path(plain)
