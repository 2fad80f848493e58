"""Folders of images and masks that belong together by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources.file_names import (
    DICOM_SUFFIXES,
    IMAGE_FOLDERS,
    MASK_FOLDERS,
    channel,
    is_supported,
    key,
    looks_like_mask,
    stem,
    undecorated,
)


def recognises(source: Path) -> bool:
    """Any folder: what has no pairs is told then."""
    return source.is_dir()


def find(source: Path) -> list[CaseSource]:
    """Pairs of a folder.

    Either one folder of images beside one of masks (images/ and masks/, imagesTr/ and labelsTr/, ...), where
    file names agree; or, in it or in any folder below, files of which some are masks by their names; or case
    folders with one mask each, of one image or of several sequences of a patient. An image without a mask is
    passed over; a mask without an image is an error, since a name is wrong somewhere.

    Raises:
        SourceError: no pairs, a mask without an image, or two candidates for one mask.
    """
    images, masks = _child(source, IMAGE_FOLDERS), _child(source, MASK_FOLDERS)
    if images is not None and masks is not None:
        pairs = _matched(source, _entries(images, True), _entries(masks, True), (images, masks))
    else:
        pairs = [pair for folder in _folders(source) for pair in _in_one_folder(source, folder)]
    if not pairs:
        problem = "holds no pairs of images and masks"
        remedy = "put them into images/ and masks/ under equal names, name masks case_mask.*, or give a list"
        raise SourceError(source, problem, remedy)
    return pairs


def _child(source: Path, names: tuple[str, ...]) -> Path | None:
    found = {p.name.lower(): p for p in source.iterdir() if p.is_dir()}
    return next((found[name] for name in names if name in found), None)


def _folders(source: Path) -> Iterator[Path]:
    yield source
    yield from sorted(p for p in source.rglob("*") if p.is_dir() and not p.name.startswith("."))


def _entries(folder: Path, below: bool) -> list[Path]:
    """Files that can be read, and folders that are DICOM series."""
    found: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if _is_series(path):
                found.append(path)
            elif below:
                found += _entries(path, True)
        elif is_supported(path) and not path.name.lower().endswith(DICOM_SUFFIXES):
            found.append(path)
    return found


def _is_series(folder: Path) -> bool:
    return any(p.suffix.lower() in DICOM_SUFFIXES for p in folder.iterdir())


def _in_one_folder(source: Path, folder: Path) -> list[CaseSource]:
    entries = [] if folder != source and _is_series(folder) else _entries(folder, False)
    masks = [path for path in entries if looks_like_mask(path)]
    images = [path for path in entries if path not in masks]
    if not masks or not images:
        return []
    if folder != source and len(masks) == 1 and _is_mask_of_all(masks[0], images):
        return _of_one_mask(source, folder, images, masks[0])
    return _matched(source, images, masks, (folder, folder))


def _is_mask_of_all(mask: Path, images: list[Path]) -> bool:
    """Whether a folder's only mask is that of its only image, or of all sequences (BraTS: a_t1, a_seg)."""
    names = [key(image) for image in images]
    bare = stem(mask).lower() in MASK_FOLDERS
    return len(images) == 1 or bare or all(n.startswith(key(mask)) and n != key(mask) for n in names)


def _of_one_mask(source: Path, folder: Path, images: list[Path], mask: Path) -> list[CaseSource]:
    set_name, name = source.resolve().name, "_".join(folder.relative_to(source).parts)
    if len(images) == 1:
        return [CaseSource(name, set_name, images[0], mask)]
    group = f"{set_name}/{name}"
    return [
        CaseSource(f"{name}_{undecorated(image)}", set_name, image, mask, group=group) for image in images
    ]


def _matched(
    source: Path, images: list[Path], masks: list[Path], roots: tuple[Path, Path]
) -> list[CaseSource]:
    by_key: dict[str, list[Path]] = {}
    for image in images:
        by_key.setdefault(_key(image, roots[0]), []).append(image)
    channels = _channels(by_key)
    found: list[CaseSource] = []
    for mask in masks:
        name = _key(mask, roots[1])
        candidates = [("", path) for path in by_key.get(name, [])] or channels.get(name, [])
        if not candidates:
            problem = f"no image has a name like it under {roots[0]}"
            raise SourceError(mask, problem, "rename it, or give a list with the columns image and mask")
        if len(candidates) > 1 and not candidates[0][0]:
            problem = f"{candidates[0][1]} and {candidates[1][1]} could both be its image"
            raise SourceError(mask, problem, "rename one, or give a list with the columns image and mask")
        title = "_".join((*mask.relative_to(roots[1]).parts[:-1], undecorated(mask)))
        found += [_case(source, title, mask, *one, several=len(candidates) > 1) for one in candidates]
    return found


def _case(source: Path, name: str, mask: Path, number: str, image: Path, *, several: bool) -> CaseSource:
    set_name = source.resolve().name
    full = f"{name}_{number}" if several else name
    return CaseSource(full, set_name, image, mask, group=f"{set_name}/{name}" if several else None)


def _key(path: Path, root: Path) -> str:
    """The key with the folders below the root, so that equal names in two of them stay apart."""
    above = path.relative_to(root).parts[:-1]
    return "/".join((*(part.lower() for part in above), key(path)))


def _channels(by_key: dict[str, list[Path]]) -> dict[str, list[tuple[str, Path]]]:
    """nnU-Net's images, case_0000 and case_0001, by the name of their case."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for name, paths in sorted(by_key.items()):
        parts = channel(name)
        if parts is not None:
            found.setdefault(parts[0], []).append((parts[1], paths[0]))
    return found
