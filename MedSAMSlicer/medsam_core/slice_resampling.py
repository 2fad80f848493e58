"""Pictures of slices in any orientation, and masks on such slices back onto the volume's voxels."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.ndimage import affine_transform, map_coordinates

from medsam_core.slice_grid import SliceGrid

# Rounding in matrices must not turn a voxel centre into a mixture of neighbours.
_SNAP = 1e-6
_ROUNDING = 1e-9

# A mask may reach this far, in pixels, beyond the centre of its outermost pixel or slice.
_HALF = 0.5 + 1e-6


def cut_slice(array_kji: np.ndarray, grid: SliceGrid, n: int, outside: float) -> np.ndarray:
    """The values of a volume on one slice of a grid, linear between voxel centres.

    Args:
        array_kji: (k, j, i) or (k, j, i, c).
        grid: the slices.
        n: which.
        outside: the value of pixels beyond the volume (more than half a voxel from the outermost centres).

    Returns:
        (y, x) or (y, x, c): a read-only view in the volume's own number type where every pixel is a voxel,
        else float64.
    """
    if grid.is_native:
        return array_kji[n]
    plain = _plain_slice(array_kji, grid, n)
    if plain is not None:
        return plain
    matrix = _without_rounding(grid.xyn_to_ijk)
    planes = [array_kji] if array_kji.ndim == 3 else [array_kji[..., c] for c in range(array_kji.shape[3])]
    pictures = [_cut(plane, matrix, grid.shape_yx, n, outside) for plane in planes]
    return pictures[0] if array_kji.ndim == 3 else np.stack(pictures, axis=-1)


def paste_slices(
    grid: SliceGrid, first: int, values_nyx: np.ndarray, size_ijk: tuple[int, int, int]
) -> tuple[tuple[int, int, int], np.ndarray]:
    """Values on slices of a grid, at the voxel centres of the volume.

    A voxel takes part if it lies in the pile: within half a slice of its outermost slices, half a pixel of
    its outermost pixels. Linear between pixel centres and slices; 0 outside.

    Args:
        grid: the slices.
        first: number of the first slice of `values_nyx`.
        values_nyx: (n, y, x) values of neighbouring slices, 0 where there is nothing.
        size_ijk: of the volume.

    Returns:
        Start (k, j, i) and float32 values (k, j, i) of the block of voxels that is not 0 all over; a block
        of one voxel (0) if there is none.
    """
    found = _bounds(values_nyx)
    if found is None:
        return (0, 0, 0), np.zeros((1, 1, 1), np.float32)
    if grid.is_native:
        (a, _), (b, _), (c, _) = found
        return (first + a, b, c), values_nyx[tuple(slice(*pair) for pair in found)].astype(np.float32)
    low, high = _voxel_bounds(grid, first, found, size_ijk)
    if np.any(high < low):
        return (0, 0, 0), np.zeros((1, 1, 1), np.float32)
    block = np.empty((high - low + 1)[::-1], np.float32)
    ij = np.stack(np.meshgrid(*(np.arange(low[a], high[a] + 1) for a in (0, 1)), indexing="xy"), axis=-1)
    for k in range(low[2], high[2] + 1):  # one slice of voxels at a time: coordinates take 24 bytes each
        ijk = np.concatenate([ij, np.full((*ij.shape[:2], 1), k)], axis=-1)
        nyx = _snapped(grid.to_xyn(ijk) - (0, 0, first))[..., ::-1].transpose(2, 0, 1)
        block[k - low[2]] = _sampled(values_nyx, nyx, 0.0)
    return (int(low[2]), int(low[1]), int(low[0])), block


def _plain_slice(array_kji: np.ndarray, grid: SliceGrid, n: int) -> np.ndarray | None:
    """The slice as a view, where x and y run along voxel axes one by one; else None."""
    if grid.axis == "j" and _covers(grid, (0, 2), array_kji):
        return array_kji[:, n]
    if grid.axis == "i" and _covers(grid, (1, 2), array_kji):
        return array_kji[:, :, n]
    return None


def _covers(grid: SliceGrid, axes: tuple[int, int], array_kji: np.ndarray) -> bool:
    size = array_kji.shape[2::-1]
    ones = all(grid.xyn_to_ijk[axis, column] == 1.0 for column, axis in enumerate(axes))
    unmoved = not grid.xyn_to_ijk[:3, 3].any() and np.count_nonzero(grid.xyn_to_ijk[:3, :3]) == 3
    return ones and unmoved and grid.size_xyn[:2] == (size[axes[0]], size[axes[1]])


def _cut(
    values_kji: np.ndarray, xyn_to_ijk: np.ndarray, shape_yx: tuple[int, int], n: int, outside: float
) -> np.ndarray:
    nyx_to_kji = xyn_to_ijk[[2, 1, 0]][:, [2, 1, 0, 3]]
    origin = nyx_to_kji[:, 3] + nyx_to_kji[:, 0] * n
    shape = (1, *shape_yx)
    picture = affine_transform(
        values_kji, nyx_to_kji[:, :3], origin, shape, output=np.float64, order=1, mode="nearest"
    )[0]
    y, x = np.ogrid[: shape_yx[0], : shape_yx[1]]
    for axis, size in enumerate(values_kji.shape):
        at = origin[axis] + nyx_to_kji[axis, 1] * y + nyx_to_kji[axis, 2] * x
        picture[np.broadcast_to((at < -_HALF) | (at > size - 1 + _HALF), shape_yx)] = outside
    return picture


def _without_rounding(matrix: np.ndarray) -> np.ndarray:
    """Steps and offsets that are whole but for rounding, made whole: then voxels keep their own values."""
    whole = np.round(matrix)
    return np.where(np.abs(matrix - whole) < _ROUNDING, whole, matrix)


def _snapped(points: np.ndarray) -> np.ndarray:
    whole = np.round(points)
    return np.where(np.abs(points - whole) < _SNAP, whole, points)


def _sampled(values: np.ndarray, at: np.ndarray, outside: float) -> np.ndarray:
    """Values at positions `at` (3, ...); the outermost half voxel repeats the outermost voxel."""
    limits = np.array(values.shape, float).reshape(3, *[1] * (at.ndim - 1))
    inside = np.all((at >= -_HALF) & (at <= limits - 1 + _HALF), axis=0)
    sampled = map_coordinates(values, at, output=np.float64, order=1, mode="nearest")
    return np.where(inside, sampled, outside)


def _bounds(values_nyx: np.ndarray) -> list[tuple[int, int]] | None:
    """First and one past the last index that is not 0, along each axis."""
    bounds = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        hits = np.any(values_nyx, axis=others).nonzero()[0]
        if not hits.size:
            return None
        bounds.append((int(hits[0]), int(hits[-1]) + 1))
    return bounds


def _voxel_bounds(
    grid: SliceGrid, first: int, found: list[tuple[int, int]], size_ijk: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest voxel (i, j, k) that may take part."""
    (n0, n1), (y0, y1), (x0, x1) = found
    # One pixel beyond the last that is not 0, for values fade out linearly to there.
    ranges = ((x0 - 1, x1), (y0 - 1, y1), (first + n0 - 1, first + n1))
    corners = grid.to_ijk(np.array(list(itertools.product(*ranges)), float))
    low = np.clip(np.floor(corners.min(axis=0)), 0, None).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int), np.asarray(size_ijk) - 1)
    return low, high
