"""Arrays in .npy files that are written and read slice by slice."""

from __future__ import annotations

import tokenize
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from medsam_core.atomic_file import atomic_output
from medsam_training.prepared_set.errors import PreparedSetError

# What numpy raises on damaged files: it reads the header as a Python literal (found by flipping bytes).
NPY_DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    LookupError,
    ArithmeticError,
)


def write_slices(path: Path, slices: Iterable[np.ndarray], shape: tuple[int, ...], dtype: np.dtype) -> None:
    """Write a pile of slices, whole or not at all, with one slice in memory at a time.

    Args:
        path: the .npy file; replaced if it is there.
        slices: shape[0] arrays of shape shape[1:].
        shape: of the whole, (n, y, x) or (n, y, x, 3).
        dtype: uint8 or uint16.

    Raises:
        OutputError: it cannot be written.
    """
    little = np.dtype(dtype).newbyteorder("<")
    header = {"descr": np.lib.format.dtype_to_descr(little), "fortran_order": False, "shape": shape}
    with atomic_output(path, overwrite=True) as temporary, temporary.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        for slice_yx in slices:
            stream.write(np.ascontiguousarray(slice_yx, dtype=little).data)


def open_slices(path: Path, shape: tuple[int, ...], dtypes: tuple[type, ...]) -> np.ndarray:
    """Map a file into memory, read-only; nothing is read before a slice is asked for.

    Raises:
        PreparedSetError: it is missing, cut off, or not of this shape and type.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise PreparedSetError(path, "is missing", "run medsam-train prepare again") from error
    except NPY_DAMAGE as error:
        raise PreparedSetError(path, "is cut off or damaged", "run medsam-train prepare again") from error
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype.type not in dtypes:
        problem = "does not hold what the manifest says"
        raise PreparedSetError(path, problem, "run medsam-train prepare again")
    return array
