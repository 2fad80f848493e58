"""Segmentations of 3D Slicer: .seg.nrrd, and plain label maps as .nrrd."""

from __future__ import annotations

from pathlib import Path

from medsam_core.formats.nrrd_header import parse_nrrd_header
from medsam_core.formats.nrrd_reader import read_nrrd
from medsam_core.formats.seg_nrrd_segments import SegNrrdSegment, segments_of
from medsam_core.volume import Volume
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers.mask import Mask, whole_labels
from medsam_training.prepare.readers.overlap import LayeredLabels

_MOST_LAYERS = 1024


def read_segment_nrrd(path: Path, image: Volume) -> Mask:
    """Labels with the names of their segments.

    With one layer the numbers are those of the file. Segments of several layers may overlap and share
    numbers: they are numbered 1, 2, ... in their order, and where two overlap the later one stands.

    Raises:
        CaseError, VolumeError: it cannot be read or holds no labels.
    """
    header = parse_nrrd_header(path)
    layers = 1 if header.value_axis is None else header.sizes[header.value_axis]
    segments = segments_of(header)
    if header.holds_colours or layers > _MOST_LAYERS or (layers > 1 and not segments):
        problem = f"holds {layers} values in each voxel and does not say what they are"
        raise CaseError(path, problem, "save it as .seg.nrrd from 3D Slicer or as a label map")
    if layers > 1:
        return _layered(path, layers, segments)
    volume = read_nrrd(path)
    names = {segment.label: _name(segment) for segment in segments}
    labels = whole_labels(path, volume.array_kji)
    return Mask(labels, volume.geometry, names, may_be_part=bool(segments))


def _layered(path: Path, layers: int, segments: list[SegNrrdSegment]) -> Mask:
    built: LayeredLabels | None = None
    geometry = None
    for layer in range(layers):
        volume = read_nrrd(path, frame=layer)
        geometry = volume.geometry
        built = built or LayeredLabels(geometry.shape_kji, len(segments))
        for segment in segments:
            if segment.layer == layer:
                for k, slice_yx in enumerate(volume.array_kji):
                    built.add(segment.place, k, slice_yx == segment.label)
    names = {segment.place: _name(segment) for segment in segments}
    return Mask(built.labels_kji, geometry, names, may_be_part=True, notes=built.notes(names))


def _name(segment: SegNrrdSegment) -> str:
    return segment.name or f"segment {segment.place}"
