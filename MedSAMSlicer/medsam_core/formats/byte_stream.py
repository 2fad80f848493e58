"""Voxel bytes out of a file, all of them or an error."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from medsam_core.errors import VolumeError

_CHUNK = 1 << 22


@contextmanager
def damage_named(path: Path) -> Iterator[None]:
    """Turn what a decompressor says of damaged data into an error that names the file.

    Raises:
        VolumeError: the stream ends early or does not unpack.
        OSError: from the file system, as it came.
    """
    try:
        yield
    except (EOFError, zlib.error) as error:
        raise damaged(path) from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise damaged(path) from error  # gzip and bz2 report damage so, without a number


def read_exactly(path: Path, stream: BinaryIO, count: int) -> np.ndarray:
    """Read ``count`` bytes into one writable uint8 array, without a second copy.

    Args:
        path: the file, for the message.
        stream: where to read; a gzip stream also has its checksum verified if it ends here.
        count: how many bytes.

    Raises:
        VolumeError: the stream ends early or is damaged. (ITK's NIfTI and MetaImage readers return such
            volumes with the missing voxels zero or random, so they are not used here.)
    """
    values = np.empty(count, dtype=np.uint8)
    view = memoryview(values)
    done = 0
    with damage_named(path):
        while done < count:
            got = stream.readinto(view[done : done + _CHUNK])  # type: ignore[attr-defined]
            if not got:
                raise EOFError
            done += got
        stream.read(1)  # makes gzip see the end and verify the checksum; more data than that is ignored
    return values


def skip_exactly(path: Path, stream: BinaryIO, count: int) -> None:
    """Go forward by ``count`` bytes in a stream that cannot seek cheaply.

    Raises:
        VolumeError: the stream ends early or is damaged.
    """
    with damage_named(path):
        while count:
            got = len(stream.read(min(count, _CHUNK)))
            if not got:
                raise EOFError
            count -= got


def inflate_exactly(path: Path, packed: bytes, count: int) -> np.ndarray:
    """Unpack a zlib stream of exactly ``count`` bytes, never more than that.

    Raises:
        VolumeError: it is damaged, or unpacks to another number of bytes.
    """
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # zlib and gzip headers alike
    with damage_named(path):
        values = inflater.decompress(packed, count + 1)
    if len(values) != count or not inflater.eof:
        raise damaged(path)
    return np.frombuffer(values, dtype=np.uint8)


def damaged(path: Path) -> VolumeError:
    """The error for a file that ends early or does not unpack."""
    return VolumeError(path, "is cut off or damaged", "copy or convert it again")
