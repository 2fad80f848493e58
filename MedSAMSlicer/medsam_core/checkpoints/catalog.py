"""The published checkpoints we know: where they are, how to tell them, under which licence they come."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from medsam_core.checkpoints.models_folder import models_folder
from medsam_core.resources import ResourceMissing, resource_path


@dataclass(frozen=True)
class CatalogRow:
    """One published file.

    Attributes:
        name: what a user types.
        file_name: what the fetched file is called.
        description: one sentence.
        preset: preprocessing preset that the weights were trained with.
        architecture: name of a row of ``models.architecture.ARCHITECTURES``.
        licence: SPDX name.
        url: direct address of the file, or None where its publisher offers none.
        where: the page to get it from by hand.
        bytes: its size, where known.
        about_bytes: what its weights take, where nobody says how large the file is.
        sha256, md5: its checksums, where known; a file without any is fetched only on explicit consent.
        bundled: it comes with the program.
    """

    name: str
    file_name: str
    description: str
    preset: str
    architecture: str
    licence: str
    url: str | None = None
    where: str = ""
    bytes: int | None = None
    about_bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None
    bundled: bool = False

    @property
    def verifiable(self) -> bool:
        """Whether a download can be checked."""
        return bool(self.sha256 or self.md5)


_SAM_HOME = "https://dl.fbaipublicfiles.com/segment_anything"
_SAM_PAGE = "https://github.com/facebookresearch/segment-anything#model-checkpoints"

_ROWS = (
    CatalogRow(
        name="demo",
        file_name="demo.safetensors",
        description="Small network that comes with the program, trained from scratch for its demo.",
        preset="demo",
        architecture="demo",
        licence="CC-BY-SA-4.0",  # as one of its training sets
        bundled=True,
    ),
    CatalogRow(
        name="medsam",
        file_name="medsam_vit_b.pth",
        description="MedSAM: SAM's ViT-B trained on 1.5 million medical images; prompts are boxes.",
        preset="medsam",
        architecture="vit_b",
        licence="Apache-2.0",
        url="https://zenodo.org/records/10689643/files/medsam_vit_b.pth",
        where="https://zenodo.org/records/10689643",
        bytes=375_049_145,
        md5="3bb6db55bd0c9ca30b61248bca72f8d6",
    ),
    CatalogRow(
        name="litemedsam",
        file_name="lite_medsam.pth",
        description="LiteMedSAM: MedSAM distilled into a TinyViT for 256-pixel images; fast on a CPU.",
        preset="litemedsam",
        architecture="litemedsam",
        licence="Apache-2.0",
        where="https://github.com/bowang-lab/MedSAM/tree/LiteMedSAM",
        about_bytes=39_200_000,  # 9.79 million weights in float32
    ),
    CatalogRow(
        name="vit_b",
        file_name="sam_vit_b_01ec64.pth",
        description="SAM, smallest encoder (ViT-B).",
        preset="sam",
        architecture="vit_b",
        licence="Apache-2.0",
        url=f"{_SAM_HOME}/sam_vit_b_01ec64.pth",
        where=_SAM_PAGE,
        bytes=375_042_383,
        sha256="ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    CatalogRow(
        name="vit_l",
        file_name="sam_vit_l_0b3195.pth",
        description="SAM, middle encoder (ViT-L).",
        preset="sam",
        architecture="vit_l",
        licence="Apache-2.0",
        url=f"{_SAM_HOME}/sam_vit_l_0b3195.pth",
        where=_SAM_PAGE,
        bytes=1_249_524_607,
        sha256="3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    CatalogRow(
        name="vit_h",
        file_name="sam_vit_h_4b8939.pth",
        description="SAM, largest encoder (ViT-H).",
        preset="sam",
        architecture="vit_h",
        licence="Apache-2.0",
        url=f"{_SAM_HOME}/sam_vit_h_4b8939.pth",
        where=_SAM_PAGE,
        bytes=2_564_550_879,
        sha256="a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    CatalogRow(
        name="mobile_sam",
        file_name="mobile_sam.pt",
        description="MobileSAM: SAM with a TinyViT encoder distilled from ViT-H.",
        preset="sam",
        architecture="mobile_sam",
        licence="Apache-2.0",
        url="https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/mobile_sam.pt",
        where="https://github.com/ChaoningZhang/MobileSAM",
        bytes=40_728_226,
        sha256="6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
    ),
)

CATALOG: dict[str, CatalogRow] = {row.name: row for row in _ROWS}
"""By name, in the order in which `medsam-slicer models list` shows them."""


def row_with_digest(*, sha256: str | None = None, md5: str | None = None) -> CatalogRow | None:
    """Find the published file that has this checksum."""
    for row in _ROWS:
        if (sha256 and row.sha256 == sha256) or (md5 and row.md5 == md5):
            return row
    return None


def fetched_path(row: CatalogRow, folder: Path | None = None) -> Path:
    """Where `fetch` puts this file, whether it is there or not."""
    return (folder or models_folder()) / row.file_name


def describe_catalog() -> list[tuple[str, str, str, str, str]]:
    """A table for people: name, size, licence, whether it is on this machine, what it is."""
    return [
        (
            row.name,
            _size(row),
            row.licence,
            _presence(row),
            row.description,
        )
        for row in CATALOG.values()
    ]


def _size(row: CatalogRow) -> str:
    """Of the file that is here, or that would come."""
    with suppress(OSError, ResourceMissing):
        path = resource_path(f"Models/{row.file_name}") if row.bundled else fetched_path(row)
        return _megabytes(path.stat().st_size)
    if row.bytes is not None:
        return _megabytes(row.bytes)
    return "" if row.about_bytes is None else f"about {_megabytes(row.about_bytes)}"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _presence(row: CatalogRow) -> str:
    if row.bundled:
        return "comes with it"
    if fetched_path(row).is_file():
        return "yes"
    return "no" if row.url else "by hand"
