"""A CT-like volume with organs whose places are known."""

from __future__ import annotations

import numpy as np
import slicer

SMALL, LARGE = (128, 128, 48), (512, 512, 200)


class Phantom:
    """A body of ellipsoids.

    Args:
        size_ijk: voxels.
        name: of the node.
        seed: of the noise.
    """

    def __init__(
        self, size_ijk: tuple[int, int, int] = SMALL, name: str = "CT phantom", seed: int = 0
    ) -> None:
        i, j, k = size_ijk
        self.spacing = np.array([256.0 / i, 256.0 / j, 192.0 / k])
        self.size_ijk = size_ijk
        array = _body((k, j, i), seed)
        self.node = slicer.util.addVolumeFromArray(array, name=name)
        matrix = np.diag([*self.spacing, 1.0])
        matrix[:3, 3] = -self.spacing * (np.array(size_ijk) - 1) / 2
        self.node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(matrix))
        self.node.GetDisplayNode().SetAutoWindowLevel(False)
        self.node.GetDisplayNode().SetWindowLevel(400, 40)
        slicer.util.setSliceViewerLayers(background=self.node, fit=True)

    def ras(self, x: float, y: float, z: float) -> np.ndarray:
        """A place of the body: -1..1 from side to side, back to front, bottom to top."""
        return np.array([x * 128.0, y * 128.0, z * 96.0])

    def box(self, of: str = "left", axes: str = "xy") -> tuple[np.ndarray, np.ndarray]:
        """Two opposite corners around an organ in the plane of two axes through its middle."""
        middle, radii = ORGANS[of]
        low, high = np.array(middle), np.array(middle)
        for axis in axes:
            a = "xyz".index(axis)
            low[a] -= 1.25 * radii[a]
            high[a] += 1.25 * radii[a]
        return self.ras(*low), self.ras(*high)

    def middle(self, of: str = "left") -> np.ndarray:
        """Of an organ."""
        return self.ras(*ORGANS[of][0])


ORGANS = {
    "left": ((-0.35, 0.1, 0.0), (0.16, 0.2, 0.35)),
    "right": ((0.35, 0.1, 0.05), (0.16, 0.2, 0.35)),
}


def _body(shape_kji: tuple[int, int, int], seed: int) -> np.ndarray:
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape_kji)
    x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
    array = np.full(shape_kji, -1000, np.int16)
    array[np.broadcast_to((x / 0.85) ** 2 + (y / 0.65) ** 2 < 1, shape_kji)] = 20
    for middle, radii in ORGANS.values():
        (a, b, c), (ra, rb, rc) = middle, radii
        array[((x - a) / ra) ** 2 + ((y - b) / rb) ** 2 + ((z - c) / rc) ** 2 < 1] = 160
    noise = np.random.default_rng(seed).integers(-12, 13, shape_kji[1:], dtype=np.int16)
    return array + noise
