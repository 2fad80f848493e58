"""Where a NRRD header places its voxels."""

from __future__ import annotations

import numpy as np

from medsam_core.formats.nrrd_header import NrrdHeader

# Signs that turn a space into left-posterior-superior; ITK takes spaces it does not know as LPS.
_TO_LPS = {
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}


def ijk_to_lps(header: NrrdHeader) -> np.ndarray:
    """(4, 4) matrix from voxel indices to LPS millimetres.

    From ``space directions`` and ``space origin``, or from ``spacings`` where there is no space. Axes that
    hold colours or frames count for nothing. A single slice gets its normal, 1 mm long, as third axis.

    Raises:
        VolumeError: the header's vectors do not fit its axes.
    """
    spatial = [n for n in range(len(header.sizes)) if n != header.value_axis]
    directions = header.vectors("space directions")
    if directions is None:
        return _from_spacings(header, spatial)
    chosen = [directions[n] if n < len(directions) else None for n in spatial]
    if len(directions) != len(header.sizes) or any(vector is None for vector in chosen):
        raise header.broken("space directions")
    origin = header.vectors("space origin") or [np.zeros(3)]
    signs = np.array(_TO_LPS.get(header.fields.get("space", "").lower().removesuffix("-time"), (1, 1, 1)))
    matrix = np.eye(4)
    for column, vector in enumerate(chosen):
        matrix[:3, column] = signs * _three(header, vector)
    matrix[:3, 3] = signs * _three(header, origin[0])
    if len(chosen) == 2:
        normal = np.cross(matrix[:3, 0], matrix[:3, 1])
        matrix[:3, 2] = normal / max(np.linalg.norm(normal), np.finfo(float).tiny)
    return matrix


def _three(header: NrrdHeader, vector: np.ndarray | None) -> np.ndarray:
    """The first three numbers of a vector (a fourth is time), a missing third is 0."""
    if vector is None or not 2 <= len(vector) <= 4:
        raise header.broken("space directions")
    return np.array([*vector, 0.0])[:3]


def _from_spacings(header: NrrdHeader, spatial: list[int]) -> np.ndarray:
    words = header.fields.get("spacings", "").split() or ["1"] * len(header.sizes)
    try:
        spacing = np.array([float(words[n]) for n in spatial])
    except (ValueError, IndexError) as error:
        raise header.broken("spacings") from error
    diagonal = np.ones(4)
    diagonal[: len(spacing)] = np.where(np.isfinite(spacing), spacing, 1.0)
    return np.diag(diagonal)
