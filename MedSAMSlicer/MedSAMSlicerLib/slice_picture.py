"""A slice as the network sees it: through the intensity preset, in 8 bits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from medsam_core.intensity import IntensityWindow, choose_window
from medsam_core.slice_grid import SliceGrid
from medsam_core.slice_resampling import cut_slice
from medsam_core.slice_view import SliceView
from medsam_core.volume import Volume

# Pictures are shown 200 to 300 points wide; twice that is enough for any screen.
_MOST_PIXELS = 640


@dataclass(frozen=True, eq=False)
class SlicePicture:
    """A picture ready to be shown.

    Attributes:
        rgb_yx: (y, x, 3) uint8, as the slice stands on a screen.
        aspect: height of a pixel over its width.
        window: how values were mapped.
    """

    rgb_yx: np.ndarray = field(repr=False)
    aspect: float
    window: IntensityWindow

    @property
    def ppm(self) -> bytes:
        """The picture as a file that Qt reads as it is (PPM)."""
        height, width = self.rgb_yx.shape[:2]
        return b"P6 %d %d 255\n" % (width, height) + self.rgb_yx.tobytes()

    @property
    def words(self) -> str:
        """The window and why it was taken."""
        window = self.window
        return f"{window.preset}: {window.low:g} to {window.high:g}. {window.reason}"


class PictureMaker:
    """Makes pictures, on one thread; a window is found once for each volume and preset."""

    def __init__(self) -> None:
        self._held: tuple[Volume, str, IntensityWindow] | None = None

    def __call__(self, volume: Volume, preset: str, grid: SliceGrid, index: int) -> SlicePicture:
        """The picture of a slice.

        Raises:
            IntensityError: there is no such preset, or no value of the volume is finite.
        """
        window = self._window(volume, preset)
        cut = cut_slice(volume.array_kji, grid, index, window.stretch_low)
        view = SliceView.of(grid.geometry(volume.geometry), volume.is_2d)
        turned = view.turn(window.apply(cut))
        step = max(1, -(-max(turned.shape[:2]) // _MOST_PIXELS))
        small = turned[::step, ::step]
        rgb = np.repeat(small[..., None], 3, axis=2) if small.ndim == 2 else small
        return SlicePicture(np.ascontiguousarray(rgb), view.aspect, window)

    def _window(self, volume: Volume, preset: str) -> IntensityWindow:
        held = self._held
        if held is None or held[0] is not volume or held[1] != preset:
            held = self._held = (volume, preset, choose_window(volume, preset))
        return held[2]
