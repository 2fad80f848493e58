"""Bring a published checkpoint into the user's models folder."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from medsam_core.checkpoints.catalog import CATALOG, CatalogRow, fetched_path
from medsam_core.checkpoints.download import Cancel, Progress, download
from medsam_core.checkpoints.download_job import Download
from medsam_core.errors import DownloadError, OptionError

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def fetch(
    name: str,
    *,
    url: str | None = None,
    folder: Path | None = None,
    sha256: str | None = None,
    accept_unverified: bool = False,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """Download a checkpoint of the catalog; a good file that is already there is not downloaded again.

    A file whose checksum nobody has published (LiteMedSAM) could be anything. It is fetched only if the
    caller gives its sha256, or says `accept_unverified`; what arrives is then read as carefully as any
    file of a stranger, but nothing tells whether it is the right one.

    Args:
        name: a name of ``CATALOG``.
        url: a mirror (https, http or file) to use in place of the published address.
        folder: where to put it; `models_folder` otherwise.
        sha256: checksum to hold the file to, in place of the catalog's.
        accept_unverified: fetch without any checksum.
        progress: called with (bytes so far, bytes in all, 0 where the server does not say).
        cancel: asked between chunks; True stops, and a later call goes on from there.

    Returns:
        Path of the whole, verified file.

    Raises:
        OptionError: no such name, or a checksum that is none.
        DownloadError: no address or checksum is known, or the download failed.
        Cancelled: `cancel` said so.
    """
    row = catalog_row(name)
    address = url or row.url
    if row.bundled:
        raise OptionError(name, "comes with the program", f"use it by its name: --model {name}")
    if address is None:
        raise DownloadError(
            name,
            "its publisher offers no direct address",
            f"get it from {row.where} and give its path, or its address with --url",
        )
    return download(_job(row, address, folder, sha256, accept_unverified), progress=progress, cancel=cancel)


def catalog_row(name: str) -> CatalogRow:
    """Look a name up.

    Raises:
        OptionError: there is none; the nearest ones are named.
    """
    if name in CATALOG:
        return CATALOG[name]
    near = get_close_matches(name, CATALOG, n=3) or list(CATALOG)
    raise OptionError(name, "is not a model of the catalog", f"use one of: {', '.join(near)}")


def _job(
    row: CatalogRow, address: str, folder: Path | None, sha256: str | None, accept_unverified: bool
) -> Download:
    target = fetched_path(row, folder)
    if sha256 is not None:
        if not _SHA256.fullmatch(sha256):
            raise OptionError("--sha256", "must be 64 hexadecimal digits", "copy it from the publisher")
        return Download(row.name, address, target, sha256=sha256)
    if not row.verifiable and not accept_unverified:
        raise DownloadError(
            row.name,
            "nobody has published a checksum of this file",
            "give --sha256, or --accept-unverified if you trust the address",
        )
    return Download(row.name, address, target, row.bytes, row.sha256, row.md5)
