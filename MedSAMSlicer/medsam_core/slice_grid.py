"""A pile of parallel slices through a volume, in any orientation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError
from medsam_core.geometry import Geometry

if TYPE_CHECKING:
    from medsam_core.voxel_patch import VoxelPatch

AXES = ("k", "j", "i")

# More pixels than this in a pile can only come from a mistaken (or hostile) pixel size.
MOST_PIXELS = 1 << 33
# Of one slice that is cut out of the volume: it takes 8 bytes a pixel and, at this size, half a minute.
MOST_PIXELS_OF_A_SLICE = 1 << 27


@dataclass(frozen=True, eq=False)
class SliceGrid:
    """Pixels (x, y) on slices n of a volume.

    Attributes:
        size_xyn: columns, rows and slices.
        xyn_to_ijk: (4, 4) from pixel centres (x, y, n, 1) to voxel indices (i, j, k, 1), fractions included;
            read-only.
        axis: "k", "j" or "i" if slice n holds the voxels of index n along that axis; None if oblique.

    Raises:
        VolumeError: a size below 1, or a matrix that is not finite, not affine or singular.
        OptionError: more pixels, in all or on a slice, than any volume needs, or no such axis.
    """

    size_xyn: tuple[int, int, int]
    xyn_to_ijk: np.ndarray = field(repr=False)
    axis: str | None = None

    def __post_init__(self) -> None:
        checked = Geometry(self.size_xyn, self.xyn_to_ijk)
        object.__setattr__(self, "size_xyn", checked.size_ijk)
        object.__setattr__(self, "xyn_to_ijk", checked.ijk_to_ras)
        if self.axis is not None and self.axis not in AXES:
            raise OptionError("axis", f"'{self.axis}' is not known", f"give one of {', '.join(AXES)}")
        columns, rows, slices = checked.size_ijk
        of_a_slice = 0 if self.is_native else columns * rows
        if columns * rows * slices > MOST_PIXELS or of_a_slice > MOST_PIXELS_OF_A_SLICE:
            problem = f"would have {columns} x {rows} x {slices} pixels"
            raise OptionError("slices", problem, "take larger pixels")

    @classmethod
    def along(cls, geometry: Geometry, axis: str = "k") -> SliceGrid:
        """The volume's slices across one of its own axes.

        "k" gives the volume's own slices, pixel for voxel. Across "j" and "i" the pixels are made square
        (of the smaller side) where voxels are not, as a network expects; x is then i or j, and y is k.

        Raises:
            OptionError: no such axis.
        """
        if axis == "k":
            return cls(geometry.size_ijk, np.eye(4), "k")
        if axis not in AXES:
            raise OptionError("axis", f"'{axis}' is not known", f"give one of {', '.join(AXES)}")
        x, y, n = {"j": (0, 2, 1), "i": (1, 2, 0)}[axis]
        spacing, size = geometry.spacing_mm, geometry.size_ijk
        pixel = min(spacing[x], spacing[y])
        matrix = np.zeros((4, 4))
        matrix[3, 3] = matrix[n, 2] = 1.0
        sizes = []
        for column, voxel_axis in ((0, x), (1, y)):
            step = pixel / spacing[voxel_axis]
            matrix[voxel_axis, column] = step
            sizes.append(int((size[voxel_axis] - 1) / step + 1e-6) + 1)
        return cls((*sizes, size[n]), matrix, axis)

    @classmethod
    def oblique(
        cls,
        geometry: Geometry,
        plane_to_ras: np.ndarray,
        pixel_mm: float | None = None,
        step_mm: float | None = None,
    ) -> tuple[SliceGrid, int]:
        """Slices parallel to a plane, covering the volume.

        Args:
            geometry: of the volume.
            plane_to_ras: (4, 4); columns: directions of x, y and of the next slice, and a point of the plane
                in mm. Directions are made unit vectors; a pixel centre lies on the point.
            pixel_mm: side of a pixel; the volume's smallest spacing by default.
            step_mm: from slice to slice; as `pixel_mm` by default.

        Returns:
            The grid, and the number of the slice that is the given plane.

        Raises:
            OptionError: the plane does not cut the volume.
        """
        pixel = float(pixel_mm or min(geometry.spacing_mm))
        steps = np.array([pixel, pixel, float(step_mm or pixel)])
        frame = np.array(plane_to_ras, dtype=np.float64)
        frame[:3, :3] *= steps / np.linalg.norm(frame[:3, :3], axis=0)
        low, high = _reach(geometry, np.linalg.inv(frame))
        if not low[2] <= 0 <= high[2]:
            raise OptionError("slice", "does not cut the volume", "move it into the volume")
        shift = np.eye(4)
        shift[:3, 3] = low
        size = tuple((high - low + 1).tolist())
        return cls(size, geometry.ras_to_ijk @ frame @ shift), int(-low[2])

    @property
    def count(self) -> int:
        """Number of slices."""
        return self.size_xyn[2]

    @property
    def shape_yx(self) -> tuple[int, int]:
        """Rows and columns of a slice."""
        return self.size_xyn[1], self.size_xyn[0]

    @property
    def is_native(self) -> bool:
        """Whether pixels are the volume's voxels, slice by slice."""
        return self.axis == "k" and np.array_equal(self.xyn_to_ijk, np.eye(4))

    @cached_property
    def ijk_to_xyn(self) -> np.ndarray:
        """(4, 4) inverse of `xyn_to_ijk`."""
        return np.linalg.inv(self.xyn_to_ijk)

    def to_ijk(self, points_xyn: object) -> np.ndarray:
        """(..., 3) pixel positions to voxel indices, fractions included."""
        return _mapped(self.xyn_to_ijk, points_xyn)

    def to_xyn(self, points_ijk: object) -> np.ndarray:
        """(..., 3) voxel indices to pixel positions, fractions included."""
        return _mapped(self.ijk_to_xyn, points_ijk)

    def geometry(self, of_volume: Geometry) -> Geometry:
        """Where the pixels lie in the patient, as the geometry of a volume whose (i, j, k) are (x, y, n)."""
        return Geometry(self.size_xyn, of_volume.ijk_to_ras @ self.xyn_to_ijk)

    def part(self, first_xyn: tuple[int, int, int], size_xyn: tuple[int, int, int]) -> SliceGrid:
        """A block of the grid's pixels as a grid of its own, in which pixel (0, 0, 0) is `first_xyn`."""
        shift = np.eye(4)
        shift[:3, 3] = first_xyn
        return SliceGrid(size_xyn, self.xyn_to_ijk @ shift)

    def plane_key(self, n: int) -> str:
        """A name for one slice, the same in every grid that has this very slice: a key of caches."""
        if self.is_native:
            return f"k{n}"
        plane = self.xyn_to_ijk @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, n], [0, 0, 0, 1.0]])
        numbers = np.round(plane[:3, [0, 1, 3]], 6) + 0.0  # no negative zeros
        return hashlib.blake2b(repr((self.shape_yx, numbers.tolist())).encode(), digest_size=16).hexdigest()

    def to_voxels(self, first: int, values_nyx: np.ndarray, of_volume: Geometry) -> VoxelPatch:
        """A mask on one slice or on neighbouring ones, on the voxels of the volume.

        A voxel is in if the values, linear between pixels, reach 0.5 at its centre, and it lies within half
        a slice of the given ones (`slice_resampling.paste_slices`).

        Args:
            first: number of the first slice.
            values_nyx: (n, y, x) bool, or probabilities.
            of_volume: the volume's geometry.
        """
        from medsam_core.slice_resampling import paste_slices
        from medsam_core.voxel_patch import VoxelPatch

        start, block = paste_slices(self, first, values_nyx, of_volume.size_ijk)
        return VoxelPatch(start, block >= 0.5).cropped()


def _mapped(matrix: np.ndarray, points: object) -> np.ndarray:
    return np.asarray(points, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def _reach(geometry: Geometry, ras_to_frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole pixel numbers, lowest and highest along x, y, n, that cover all voxel centres."""
    last = np.asarray(geometry.size_ijk) - 1
    corners = np.array([[a, b, c] for a in (0, last[0]) for b in (0, last[1]) for c in (0, last[2])])
    reached = _mapped(ras_to_frame, geometry.from_ijk(corners, "ras"))
    low, high = reached.min(axis=0), reached.max(axis=0)
    return np.floor(low + 1e-6).astype(int), np.ceil(high - 1e-6).astype(int)
