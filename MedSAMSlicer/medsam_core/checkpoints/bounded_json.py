"""JSON files that lie beside weights; a stranger wrote them, so nothing in them is believed unchecked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from medsam_core.errors import CheckpointError

MAX_JSON_BYTES = 1 << 20

ModelT = TypeVar("ModelT", bound=BaseModel)


def read_json_object(path: Path) -> dict[str, Any]:
    """Read a small JSON object.

    Raises:
        CheckpointError: it cannot be read, is too large, or is not a JSON object.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_JSON_BYTES + 1)
    except OSError as error:
        problem = f"cannot be read ({error.strerror or error})"
        raise CheckpointError(path, problem, "check that you may read it") from error
    return parse_json_object(text, path)


def parse_json_object(text: bytes | str, subject: object) -> dict[str, Any]:
    """Parse a small JSON object.

    Raises:
        CheckpointError: it is too large, or not a JSON object.
    """
    if len(text) > MAX_JSON_BYTES:
        problem = f"its JSON is larger than {MAX_JSON_BYTES >> 20} MiB"
        raise CheckpointError(subject, problem, "use the file that came with the weights")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = f"its JSON is damaged ({str(error)[:100] or type(error).__name__})"
        raise CheckpointError(subject, problem, "use the file that came with the weights") from error
    if not isinstance(data, dict):
        raise CheckpointError(subject, "its JSON is not an object", "use the file that came with the weights")
    return data


def checked(kind: type[ModelT], data: dict[str, Any], subject: object) -> ModelT:
    """Validate a JSON object against a schema.

    Raises:
        CheckpointError: naming the first field that does not fit.
    """
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part)[:40] for part in first["loc"][:6]) or "it"
        problem = f"its JSON does not fit: {field}: {first['msg'][:120]}"
        raise CheckpointError(subject, problem, "use the file that came with the weights") from error
