"""A mask on one slice as it is kept: cropped, in 8 or 16 bits a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from medsam_core.mask_prompt import MaskPrompt
from medsam_core.propagation.slice_mask import SliceMask


@dataclass(frozen=True, eq=False)
class SliceResult:
    """What is kept of a `SliceMask`: enough to write it into a segment exactly as `segment_volume` would.

    Attributes:
        index: slice number.
        corner_yx: row and column of the first value.
        values_yx: (h, w) probabilities around the mask, as 1..255 (uint8) where pixels are voxels, as 0..1
            (float16) where they are not and have to be interpolated; (0, 0) for an empty mask.
        confidence: 0..1; NaN if only the mask was kept.
        box_xyxy: the box that prompted it, or None.
        drawn: whether a person drew it.
    """

    index: int
    corner_yx: tuple[int, int]
    values_yx: np.ndarray = field(repr=False)
    confidence: float
    box_xyxy: tuple[float, float, float, float] | None = None
    drawn: bool = False

    @classmethod
    def of(cls, mask: SliceMask, is_native: bool) -> SliceResult:
        """Keep what is needed of a mask.

        Args:
            mask: of a whole slice.
            is_native: whether its pixels are the volume's voxels.
        """
        box = mask.box_of_mask()
        kept = (mask.confidence, mask.box_xyxy, mask.drawn)
        if box is None:
            return cls(mask.index, (0, 0), np.zeros((0, 0), np.uint8 if is_native else np.float16), *kept)
        margin = 0 if is_native else 1  # interpolation looks one pixel beyond
        x0, y0 = max(box[0] - margin, 0), max(box[1] - margin, 0)
        crop = mask.field_yx[y0 : box[3] + margin + 1, x0 : box[2] + margin + 1]
        return cls(mask.index, (y0, x0), _bytes(crop) if is_native else _half(crop), *kept)

    @classmethod
    def kept(cls, index: int, mask_yx: np.ndarray, is_native: bool) -> SliceResult:
        """Of a mask of which nothing else is known.

        Args:
            index: slice number.
            mask_yx: (y, x) bool, of the whole slice.
            is_native: as for `of`.
        """
        rows, columns = mask_yx.any(axis=1).nonzero()[0], mask_yx.any(axis=0).nonzero()[0]
        y, x = (max(int(one[0]) - 1, 0) if one.size else 0 for one in (rows, columns))
        part = mask_yx[y : rows[-1] + 2, x : columns[-1] + 2] if rows.size else mask_yx[:1, :1]
        found = cls.of(SliceMask(index, part, part.astype(np.float32), math.nan), is_native)
        return replace(found, corner_yx=(found.corner_yx[0] + y, found.corner_yx[1] + x))

    @property
    def area(self) -> int:
        """Number of pixels in the mask."""
        return int(np.count_nonzero(self._inside()))

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        return self.values_yx.nbytes

    def mask_yx(self, shape_yx: tuple[int, int]) -> np.ndarray:
        """The mask on the whole slice, (y, x) bool."""
        return self._on_slice(self._inside(), shape_yx)

    def covers(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Which pixels of the slice, given by their rows and columns, are in the mask."""
        (y, x), (height, width) = self.corner_yx, self.values_yx.shape
        covered = (rows >= y) & (rows < y + height) & (columns >= x) & (columns < x + width)
        covered[covered] = self._inside()[rows[covered] - y, columns[covered] - x]
        return covered

    def to_slice_mask(self, shape_yx: tuple[int, int]) -> SliceMask:
        """As a `SliceMask` of the whole slice."""
        scale = 255.0 if self.values_yx.dtype == np.uint8 else 1.0
        probability = self._on_slice(self.values_yx.astype(np.float32) / np.float32(scale), shape_yx)
        mask_yx = self.mask_yx(shape_yx)
        return SliceMask(self.index, mask_yx, probability, self.confidence, self.box_xyxy, self.drawn)

    def to_prompt(self, shape_yx: tuple[int, int]) -> MaskPrompt:
        """As a mask that a propagation takes as it is."""
        return MaskPrompt.of(self.index, self.mask_yx(shape_yx))

    def _inside(self) -> np.ndarray:
        return self.values_yx >= (128 if self.values_yx.dtype == np.uint8 else 0.5)

    def _on_slice(self, crop: np.ndarray, shape_yx: tuple[int, int]) -> np.ndarray:
        whole = np.zeros(shape_yx, crop.dtype)
        (y, x), (height, width) = self.corner_yx, crop.shape
        whole[y : y + height, x : x + width] = crop
        return whole


def _bytes(field_yx: np.ndarray) -> np.ndarray:
    """As `label_canvas.LabelCanvas` counts: 128 and more inside, 127 and less outside."""
    return np.clip(np.rint(field_yx * 255), 1, 255).astype(np.uint8)


def _half(field_yx: np.ndarray) -> np.ndarray:
    half = field_yx.astype(np.float16)
    return np.where(field_yx >= 0.5, half, np.minimum(half, np.float16(0.4998)))
