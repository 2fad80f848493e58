"""One case, from its files to its arrays."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.atomic_file import make_folder
from medsam_core.errors import MedSAMError, OutputError
from medsam_core.intensity import IntensityWindow, choose_window
from medsam_training.prepare.case_record import CaseRecord, input_key, record_path, write_record
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.cleaning import Cleaned, CleaningRules, clean
from medsam_training.prepare.errors import CaseError, SourceError
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepare.readers import LoadedCase, load_case
from medsam_training.prepare.sources.images_alone import KIND as IMAGE_ALONE
from medsam_training.prepared_set.array_file import write_slices
from medsam_training.prepared_set.prepared_case import PreparedCase

_EVERY_SLICE = CleaningRules(0, 0, keep_empty=True)


@dataclass(frozen=True)
class Job:
    """A case to prepare, as it is sent to a process."""

    source: CaseSource
    options: PrepareOptions
    folder: Path


@dataclass(frozen=True)
class Outcome:
    """What came of a case: a problem in one line, or none."""

    id: str
    problem: str | None = None


def prepare_case(job: Job) -> Outcome:
    """Prepare a case; what is wrong with it is an outcome, what is wrong with the disk or options is raised.

    Its record is written last: a process that is killed leaves nothing that looks finished.

    Raises:
        OutputError, SourceError: going on with other cases would make no sense.
    """
    try:
        record = prepare_record(job)
    except (OutputError, SourceError):
        raise
    except MedSAMError as error:
        return Outcome(job.source.id, str(error))
    except MemoryError:
        problem = f"{job.source.image}: needs more memory than is free; use fewer --workers or crop it"
        return Outcome(job.source.id, problem)
    write_record(job.folder, record)
    return Outcome(job.source.id)


def prepare_record(job: Job) -> CaseRecord:
    """Read, check, clean and write the arrays of a case.

    Raises:
        MedSAMError: it cannot be used.
    """
    source, options = job.source, job.options
    key = input_key(source, options)  # before reading: a file that changes meanwhile is seen as changed
    loaded = load_case(source)
    if source.kind == IMAGE_ALONE:
        labels, names, cleaned = loaded.labels_kji, {}, clean(loaded.labels_kji, _EVERY_SLICE)
    else:
        labels, names, cleaned = _labelled(source, loaded, options)
    window = chosen_window(source, loaded, options.intensity.of(source.set_name))
    case = _case(source, loaded, labels, names, cleaned, window)
    _write(job.folder, case, loaded, labels, window)
    return CaseRecord(key, case)


def _labelled(
    source: CaseSource, loaded: LoadedCase, options: PrepareOptions
) -> tuple[np.ndarray, dict[int, str], Cleaned]:
    where = source.mask or source.image
    if not loaded.labels_kji.any():
        raise CaseError(where, "its mask is empty", "take it out, or draw the object")
    labels, names = options.labels.apply(source, loaded)
    if not labels.any():
        raise CaseError(where, "holds none of the labels wanted", "take it out, or see --remove and --labels")
    cleaned = clean(labels, options.cleaning)
    if not labels.any():
        problem = "only objects smaller than the cleaning rules allow are labelled"
        raise CaseError(where, problem, "lower --min-voxels and --min-pixels")
    return labels, names, cleaned


def chosen_window(source: CaseSource, loaded: LoadedCase, preset: str) -> IntensityWindow:
    """As the engine will choose it when it meets such an image: pictures stay as they are."""
    volume = loaded.volume
    if preset == "auto" and loaded.displayed:
        preset = "none"
    if volume.modality is None and source.modality is not None:
        volume = dataclasses.replace(volume, modality=source.modality)
    return choose_window(volume, preset)


def _case(
    source: CaseSource,
    loaded: LoadedCase,
    labels: np.ndarray,
    names: dict[int, str],
    cleaned: Cleaned,
    window: IntensityWindow,
) -> PreparedCase:
    volume, geometry = loaded.volume, loaded.volume.geometry
    rows = tuple(_numbers(labels[k]) for k in cleaned.slice_numbers)
    left = {number for row in rows for number in row}
    lost = [name for number, name in names.items() if number not in left]
    notes = (*loaded.notes, *([_lost(lost)] if lost else []))
    return PreparedCase(
        id=source.id,
        set_name=source.set_name,
        group=source.owner,
        split="train",
        modality=volume.modality or source.modality,
        shape_kji=geometry.shape_kji,
        channels=3 if volume.is_colour else 1,
        spacing_mm=geometry.spacing_mm if loaded.has_spacing else None,
        direction=tuple(geometry.direction.ravel().tolist()),
        labels={number: name for number, name in names.items() if number in left},
        instances=source.instances,
        may_train=source.may_train,
        slice_numbers=cleaned.slice_numbers,
        slice_labels=rows,
        image_file=f"arrays/{source.id}.image.npy",
        labels_file=f"arrays/{source.id}.labels.npy",
        window=window.to_json(),
        sources={"image": str(source.image), **({"mask": str(source.mask)} if source.mask else {})},
        content=volume.content_key(),
        cleaned=cleaned.removed,
        notes=notes,
    )


def _lost(names: list[str]) -> str:
    unique = sorted(set(names))
    shown = ", ".join(unique[:6]) + (", ..." if len(unique) > 6 else "")
    return f"The cleaning rules left nothing of {shown}."


def _numbers(labels_yx: np.ndarray) -> tuple[int, ...]:
    return tuple(np.unique(labels_yx[labels_yx > 0]).tolist())


def _write(
    folder: Path, case: PreparedCase, loaded: LoadedCase, labels: np.ndarray, window: IntensityWindow
) -> None:
    make_folder((folder / case.image_file).parent)
    make_folder(record_path(folder, case.id).parent)
    images = (window.apply(loaded.volume.slice_yx(k)) for k in case.slice_numbers)
    write_slices(folder / case.image_file, images, case.image_shape, np.dtype(np.uint8))
    dtype = np.dtype(np.uint8 if max(case.labels, default=0) <= 255 else np.uint16)
    kept = (labels[k] for k in case.slice_numbers)
    write_slices(folder / case.labels_file, kept, case.labels_shape, dtype)
