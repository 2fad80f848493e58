"""Segmentations of 3D Slicer: .seg.nrrd, and plain label maps as .nrrd."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from medsam_core.formats.nrrd_header import NrrdHeader, parse_nrrd_header
from medsam_core.formats.nrrd_reader import read_nrrd
from medsam_core.volume import Volume
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.mask import Mask, whole_labels
from medsam_training.prepare.readers.overlap import LayeredLabels

_FIELD = re.compile(r"Segment(\d{1,5})_(Name|LabelValue|Layer)")
_MOST_LAYERS = 1024


@dataclass(frozen=True)
class _Segment:
    number: int
    name: str
    layer: int
    value: int


def read_segment_nrrd(path: Path, image: Volume) -> Mask:
    """Labels with the names of their segments.

    With one layer the numbers are those of the file. Segments of several layers may overlap and share
    numbers: they are numbered 1, 2, ... in their order, and where two overlap the later one stands.

    Raises:
        CaseError, VolumeError: it cannot be read or holds no labels.
    """
    header = parse_nrrd_header(path)
    layers = 1 if header.value_axis is None else header.sizes[header.value_axis]
    segments = _segments(header)
    if header.holds_colours or layers > _MOST_LAYERS or (layers > 1 and not segments):
        problem = f"holds {layers} values in each voxel and does not say what they are"
        raise CaseError(path, problem, "save it as .seg.nrrd from 3D Slicer or as a label map")
    if layers > 1:
        return _layered(path, layers, segments)
    volume = read_nrrd(path)
    names = {segment.value: segment.name for segment in segments}
    labels = whole_labels(path, volume.array_kji)
    return Mask(labels, volume.geometry, names, may_be_part=bool(segments))


def _layered(path: Path, layers: int, segments: list[_Segment]) -> Mask:
    built: LayeredLabels | None = None
    geometry = None
    for layer in range(layers):
        volume = read_nrrd(path, frame=layer)
        geometry = volume.geometry
        built = built or LayeredLabels(geometry.shape_kji, len(segments))
        for segment in segments:
            if segment.layer == layer:
                for k, slice_yx in enumerate(volume.array_kji):
                    built.add(segment.number, k, slice_yx == segment.value)
    names = {segment.number: segment.name for segment in segments}
    return Mask(built.labels_kji, geometry, names, may_be_part=True, notes=built.notes(names))


def _segments(header: NrrdHeader) -> list[_Segment]:
    found: dict[int, dict[str, str]] = {}
    for key, value in header.keys.items():
        match = _FIELD.fullmatch(key)
        if match:
            found.setdefault(int(match.group(1)), {})[match.group(2)] = value
    try:
        return [
            _Segment(
                n,
                fields.get("Name", f"segment {n}"),
                int(fields.get("Layer", 0)),
                int(fields.get("LabelValue", n)),
            )
            for n, (_, fields) in enumerate(sorted(found.items()), 1)
        ]
    except ValueError as error:
        problem = "its segment fields are damaged"
        raise CaseError(header.path, problem, "save it again from 3D Slicer") from error
