"""Which image goes with which mask, by their names."""

from __future__ import annotations

import re
from pathlib import Path

IMAGE_FOLDERS = ("images", "image", "imagestr", "imgs", "img", "scans", "volumes")
MASK_FOLDERS = (
    "masks",
    "mask",
    "labels",
    "label",
    "labelstr",
    "gts",
    "gt",
    "segmentations",
    "segmentation",
    "segs",
    "seg",
    "annotations",
)
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
VOLUME_SUFFIXES = (".nii.gz", ".nii", ".seg.nrrd", ".seg.nhdr", ".nrrd", ".nhdr", ".mha", ".mhd")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
SUFFIXES = (*VOLUME_SUFFIXES, *PICTURE_SUFFIXES, *DICOM_SUFFIXES)

_MASK_WORD = r"(?:mask|masks|seg|segmentation|label|labels|labelmap|gt|truth|annotation)"
_MASK_TAIL = re.compile(rf"[ _.-]{_MASK_WORD}$", re.IGNORECASE)
_MASK_HEAD = re.compile(rf"^{_MASK_WORD}[ _.-]", re.IGNORECASE)
_IMAGE_TAIL = re.compile(r"[ _.-](?:image|img|scan|volume)$", re.IGNORECASE)
_IMAGE_HEAD = re.compile(r"^(?:image|img|scan|volume)[ _.-]", re.IGNORECASE)
_CHANNEL = re.compile(r"_(\d{4})$")


def stem(path: Path) -> str:
    """The name without what tells the format; a folder's whole name."""
    name = path.name
    suffix = next((s for s in SUFFIXES if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)]


def is_supported(path: Path) -> bool:
    """Whether the suffix is one that is read."""
    return path.name.lower().endswith(SUFFIXES)


def looks_like_mask(path: Path) -> bool:
    """Whether the name says so: case_seg.nii.gz, case-label.nrrd, mask_07.png, case.seg.nrrd."""
    name = stem(path)
    seg = path.name.lower().endswith((".seg.nrrd", ".seg.nhdr"))
    return seg or bool(_MASK_TAIL.search(name) or _MASK_HEAD.search(name)) or name.lower() in MASK_FOLDERS


def undecorated(path: Path) -> str:
    """The stem without words for image or mask."""
    name = stem(path)
    for pattern in (_MASK_TAIL, _MASK_HEAD, _IMAGE_TAIL, _IMAGE_HEAD):
        name = pattern.sub("", name, count=1)
    return name


def key(path: Path) -> str:
    """What an image and its mask have in common: the undecorated name, in small letters."""
    return undecorated(path).lower()


def channel(name: str) -> tuple[str, str] | None:
    """A key like case_0001 as ("case", "0001"): nnU-Net's images of several channels; else None."""
    found = _CHANNEL.search(name)
    return (name[: found.start()], found.group(1)) if found else None
