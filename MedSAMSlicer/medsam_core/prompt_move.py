"""Prompts of one volume on the voxels of another."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from medsam_core.errors import PromptError
from medsam_core.mask_prompt import MaskPrompt
from medsam_core.prompts import Box, Point, SegmentPrompt

_REMEDY = "register the volumes, or mark it anew"


@dataclass(frozen=True, eq=False)
class PromptMove:
    """From the voxels of one volume to those of another whose slices lie (nearly) in the same planes.

    Attributes:
        ijk_to_ijk: (4, 4) voxel indices to voxel indices, fractions included.
        size_ijk: of the other volume.
    """

    ijk_to_ijk: np.ndarray
    size_ijk: tuple[int, int, int]

    def segment(self, prompt: SegmentPrompt) -> SegmentPrompt:
        """All prompts of a segment.

        Raises:
            PromptError: one of them lies wholly outside of the other volume.
        """
        try:
            boxes = tuple(self.box(box) for box in prompt.boxes)
            points = tuple(self.point(point) for point in prompt.points)
            return SegmentPrompt(prompt.name, prompt.label, boxes, points, self._masks(prompt.masks))
        except PromptError as error:
            subject = f"segment '{prompt.name}': {error.subject}"
            raise PromptError(subject, error.problem, error.remedy) from error

    def box(self, box: Box) -> Box:
        """The box around the eight corners, cut to the volume; one slice stays one slice.

        It is the outer faces of the voxels that are mapped, so that a box keeps its millimetres.

        Raises:
            PromptError: it lies wholly outside.
        """
        low, high = np.array(box.min_ijk) - 0.5, np.array(box.max_ijk) + 0.5
        corners = self.to_ijk([np.where(pick, low, high) for pick in itertools.product((0, 1), repeat=3)])
        across = [_voxels(corners[:, axis], self.size_ijk[axis], f"box {box}", 2) for axis in (0, 1)]
        # Along the stack the middle line counts: a slight tilt must not make one slice of a wide box many.
        middle = (low + high) / 2
        ends = self.to_ijk([(*middle[:2], low[2]), (*middle[:2], high[2])])[:, 2]
        if box.min_ijk[2] == box.max_ijk[2]:
            ends = ends.mean() + np.array([-0.5, 0.5])
        spans = (*across, _voxels(ends, self.size_ijk[2], f"box {box}", 1))
        return Box(tuple(a for a, _ in spans), tuple(b for _, b in spans))  # type: ignore[arg-type]

    def point(self, point: Point) -> Point:
        """The voxel that a click lies in.

        Raises:
            PromptError: it lies outside.
        """
        return Point(self._voxel(point.ijk, f"point {point}"), point.positive)

    def mask(self, mask: MaskPrompt) -> MaskPrompt:
        """The mask on the nearest slice; each pixel there takes the value of the nearest one here.

        A mask that no pixel there hits marks the pixels that its own ones fall on.

        Raises:
            PromptError: it lies wholly outside.
        """
        subject = f"mask on slice {mask.k}"
        (x, y), (columns, rows) = mask.corner_ij, mask.size_ij
        if mask.is_empty:
            return MaskPrompt(self.slice_of(mask.k, (x, y)), (0, 0), (0, 0), b"")
        middle = (x + (columns - 1) / 2, y + (rows - 1) / 2)
        k = self.slice_of(mask.k, middle)
        faces = itertools.product((x - 0.5, x + columns - 0.5), (y - 0.5, y + rows - 0.5))
        corners = self.to_ijk([(*face, mask.k) for face in faces])
        (i0, i1), (j0, j1) = (_voxels(corners[:, axis], self.size_ijk[axis], subject, 1) for axis in (0, 1))
        found = np.zeros(self.size_ijk[1::-1], bool)
        found[j0 : j1 + 1, i0 : i1 + 1] = self._sampled(mask, range(i0, i1 + 1), range(j0, j1 + 1))
        if not found.any():  # thinner than a pixel there: an empty mask would say that the object is gone
            for x, y in mask.pixels():
                i, j = self._landed(mask, x, y)
                found[j.clip(j0, j1), i.clip(i0, i1)] = True
        return MaskPrompt.of(k, found)

    def slice_of(self, k: int, at_ij: tuple[float, float]) -> int:
        """The slice nearest to a slice of the first volume, at a place on it.

        Raises:
            PromptError: it lies outside.
        """
        found = int(np.floor(self.to_ijk((*at_ij, k))[2] + 0.5))
        if not 0 <= found < self.size_ijk[2]:
            raise PromptError(f"slice {k}", "lies outside of the other volume", _REMEDY)
        return found

    def to_ijk(self, points_ijk: object) -> np.ndarray:
        """(..., 3) voxel indices of the first volume as those of the other."""
        return np.asarray(points_ijk, float) @ self.ijk_to_ijk[:3, :3].T + self.ijk_to_ijk[:3, 3]

    def _masks(self, masks: tuple[MaskPrompt, ...]) -> tuple[MaskPrompt, ...]:
        """All masks; those that fall on one slice are united."""
        shape = self.size_ijk[1::-1]
        found: dict[int, MaskPrompt] = {}
        for mask in map(self.mask, masks):
            if mask.k in found:
                mask = MaskPrompt.of(mask.k, found[mask.k].mask_yx(shape) | mask.mask_yx(shape))
            found[mask.k] = mask
        return tuple(found.values())

    def _voxel(self, ijk: object, subject: str) -> tuple[int, int, int]:
        voxel = np.floor(self.to_ijk(ijk) + 0.5).astype(int)
        if np.any(voxel < 0) or np.any(voxel >= self.size_ijk):
            raise PromptError(subject, "lies outside of the other volume", _REMEDY)
        i, j, k = voxel.tolist()
        return i, j, k

    def _sampled(self, mask: MaskPrompt, columns: range, rows: range) -> np.ndarray:
        """(rows, columns) bool: the mask's value at the pixels there, seen along the stack."""
        plane = self.ijk_to_ijk
        offset = plane[:2, 2] * mask.k + plane[:2, 3]
        pixels = np.stack(np.meshgrid(columns, rows), axis=-1) - offset
        there = np.floor(pixels @ np.linalg.inv(plane[:2, :2]).T + 0.5).astype(int) - mask.corner_ij
        width, height = mask.size_ij
        inside = np.all((there >= 0) & (there < (width, height)), axis=-1)
        x, y = np.clip(there, 0, (width - 1, height - 1)).transpose(2, 0, 1)
        return inside & mask.values(x, y)

    def _landed(self, mask: MaskPrompt, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Columns and rows there that pixels of a mask fall on."""
        own = np.column_stack([x, y]) + mask.corner_ij
        there = self.to_ijk(np.column_stack([own, np.full(len(own), mask.k)]))
        i, j = np.floor(there[:, :2] + 0.5).astype(int).T
        return i, j


def _voxels(faces: np.ndarray, size: int, subject: str, fewest: int) -> tuple[int, int]:
    """First and last voxel between faces along one axis, cut to the volume.

    Args:
        faces: positions, half a voxel beyond the outermost centres.
        size: of the volume along the axis.
        subject: for an error.
        fewest: voxels to keep at least, where there is room.

    Raises:
        PromptError: there is no voxel of the volume between them.
    """
    low, high = int(np.floor(faces.min() + 1)), int(np.ceil(faces.max() - 1))
    if high < low:
        low = high = int(np.floor((faces.min() + faces.max()) / 2 + 0.5))
    if high < 0 or low >= size:
        raise PromptError(subject, "lies outside of the other volume", _REMEDY)
    low, high = max(low, 0), min(high, size - 1)
    if high - low + 1 < fewest:
        high = min(low + fewest - 1, size - 1)
        low = max(high - fewest + 1, 0)
    return low, high
