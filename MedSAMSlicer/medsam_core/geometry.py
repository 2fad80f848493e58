"""Where the voxels of a volume lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from medsam_core.errors import OptionError, VolumeError

if TYPE_CHECKING:
    import SimpleITK

FRAMES = ("ijk", "ras", "lps")
RAS_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])

# |det| of the unit direction vectors; below it the axes of a voxel lie (almost) in one plane.
_SMALLEST_DETERMINANT = 1e-6


def swap_ras_lps(matrix: np.ndarray) -> np.ndarray:
    """A (4, 4) matrix to RAS millimetres as one to LPS, or the other way."""
    return np.asarray(matrix, dtype=np.float64) * np.diag(RAS_LPS)[:, None]


@dataclass(frozen=True, eq=False)
class Geometry:
    """Size of a voxel grid and its affine place in the patient.

    Any invertible matrix is a geometry: rotated, flipped, permuted, anisotropic or sheared (gantry tilt).

    Args:
        size_ijk: number of voxels along i (columns), j (rows), k (slices).
        ijk_to_ras: (4, 4) matrix from voxel indices (i, j, k, 1), voxel centres at whole numbers, to
            millimetres in the RAS frame. Kept as a read-only float64 copy.

    Raises:
        VolumeError: a size below 1, or a matrix that is not finite, not affine or singular.
    """

    size_ijk: tuple[int, int, int]
    ijk_to_ras: np.ndarray = field(repr=False)

    def __post_init__(self) -> None:
        size = tuple(int(n) for n in self.size_ijk)
        matrix = np.array(self.ijk_to_ras, dtype=np.float64)
        _check_size(size)
        _check_matrix(matrix)
        matrix.flags.writeable = False
        object.__setattr__(self, "size_ijk", size)
        object.__setattr__(self, "ijk_to_ras", matrix)

    @property
    def shape_kji(self) -> tuple[int, int, int]:
        """Shape (k, j, i) of an array on this grid."""
        i, j, k = self.size_ijk
        return k, j, i

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between neighbouring voxels along i, j, k, in mm."""
        i, j, k = np.linalg.norm(self.ijk_to_ras[:3, :3], axis=0).tolist()
        return i, j, k

    @property
    def direction(self) -> np.ndarray:
        """(3, 3) matrix whose columns are the unit vectors of i, j, k in RAS."""
        return self.ijk_to_ras[:3, :3] / np.asarray(self.spacing_mm)

    @property
    def origin_ras_mm(self) -> tuple[float, float, float]:
        """Centre of voxel (0, 0, 0) in RAS, in mm."""
        r, a, s = self.ijk_to_ras[:3, 3].tolist()
        return r, a, s

    @cached_property
    def voxel_volume_mm3(self) -> float:
        """Volume of one voxel in mm3, sheared or not."""
        return float(abs(np.linalg.det(self.ijk_to_ras[:3, :3])))

    @cached_property
    def ras_to_ijk(self) -> np.ndarray:
        """(4, 4) inverse of ``ijk_to_ras``."""
        inverse = np.linalg.inv(self.ijk_to_ras)
        inverse.flags.writeable = False
        return inverse

    @property
    def ijk_to_lps(self) -> np.ndarray:
        """(4, 4) matrix from voxel indices to millimetres in the LPS frame (DICOM, ITK, NRRD files)."""
        return swap_ras_lps(self.ijk_to_ras)

    def to_ijk(self, points: object, frame: str) -> np.ndarray:
        """Map points of a frame to continuous voxel indices.

        Args:
            points: (..., 3) positions; mm for "ras" and "lps", voxels for "ijk".
            frame: "ijk", "ras" or "lps".

        Returns:
            (..., 3) float64 voxel indices (i, j, k).
        """
        matrix = {"ijk": np.eye(4), "ras": self.ras_to_ijk, "lps": self.ras_to_ijk @ RAS_LPS}
        return _transform(matrix[_checked_frame(frame)], points)

    def from_ijk(self, points: object, frame: str) -> np.ndarray:
        """Map (..., 3) continuous voxel indices to a frame: the inverse of ``to_ijk``."""
        matrix = {"ijk": np.eye(4), "ras": self.ijk_to_ras, "lps": self.ijk_to_lps}
        return _transform(matrix[_checked_frame(frame)], points)

    def agrees_with(self, other: Geometry, *, tolerance_voxels: float = 1e-3) -> bool:
        """Whether both grids have one size and no voxel centre differs by more than a part of a voxel."""
        if self.size_ijk != other.size_ijk:
            return False
        corners = np.stack(np.meshgrid(*([0, n - 1] for n in self.size_ijk), indexing="ij"), axis=-1)
        seen = self.to_ijk(other.from_ijk(corners, "ras"), "ras")
        return bool(np.abs(seen - corners).max() <= tolerance_voxels)

    @classmethod
    def from_lps(cls, size_ijk: tuple[int, ...], ijk_to_lps: np.ndarray) -> Geometry:
        """A geometry from a (4, 4) matrix to LPS millimetres."""
        return cls(size_ijk, swap_ras_lps(ijk_to_lps))

    @classmethod
    def from_sitk(cls, image: SimpleITK.Image) -> Geometry:
        """The geometry of a 2D or 3D SimpleITK image (or image reader whose information was read).

        A 2D image becomes one slice with its plane at S = 0 and a spacing of 1 mm across.
        """
        n = len(image.GetSize())
        if n not in (2, 3):
            raise VolumeError("image", f"has {n} dimensions", "give a 2D or 3D image")
        lps = np.eye(4)
        axes = np.asarray(image.GetDirection(), dtype=np.float64).reshape(n, n)
        lps[:n, :n] = axes * np.asarray(image.GetSpacing())
        lps[:n, 3] = image.GetOrigin()
        return cls.from_lps((*image.GetSize(), 1)[:3], lps)

    def apply_to_sitk(self, image: SimpleITK.Image) -> None:
        """Give a 3D SimpleITK image of the same size this spacing, origin and direction."""
        if tuple(image.GetSize()) != self.size_ijk:
            raise VolumeError("image", f"has {image.GetSize()} voxels", f"give one of {self.size_ijk}")
        image.SetSpacing(self.spacing_mm)
        image.SetOrigin(self.ijk_to_lps[:3, 3].tolist())
        image.SetDirection((RAS_LPS[:3, :3] @ self.direction).ravel().tolist())


def _check_size(size: tuple[int, ...]) -> None:
    if len(size) != 3 or min(size) < 1:
        shown = " x ".join(map(str, size))
        raise VolumeError("geometry", f"has {shown} voxels", "give three sizes of at least 1")


def _check_matrix(matrix: np.ndarray) -> None:
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise VolumeError("geometry", "its direction matrix is not 4 x 4 finite numbers", "repair the header")
    if not np.array_equal(matrix[3], (0, 0, 0, 1)):
        raise VolumeError("geometry", "its direction matrix is not affine", "make its last row 0 0 0 1")
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if lengths.min() <= 0 or abs(np.linalg.det(matrix[:3, :3] / lengths)) < _SMALLEST_DETERMINANT:
        problem = "its axes lie in one plane (singular direction matrix)"
        raise VolumeError("geometry", problem, "repair spacing and directions")


def _checked_frame(frame: str) -> str:
    if frame not in FRAMES:
        raise OptionError("frame", f"'{frame}' is not known", f"give one of {', '.join(FRAMES)}")
    return frame


def _transform(matrix: np.ndarray, points: object) -> np.ndarray:
    positions = np.asarray(points, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # absurd positions become infinite; the caller refuses
        return positions @ matrix[:3, :3].T + matrix[:3, 3]
