"""Grey values of any scale to the 8 bits that the networks take."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import numpy as np

from medsam_core.errors import IntensityError
from medsam_core.intensity_presets import BY_MODALITY, CT_WINDOWS, PERCENTILES, PRESETS, parse_range
from medsam_core.value_range import ValueRange, percentiles_above_zero, value_range
from medsam_core.volume import Volume

# Values at or below this are taken for Hounsfield units by "auto": fat is -100, lung -700, air -1000.
_HOUNSFIELD_LOW = -200.0
_HOUNSFIELD_FLOOR = -10_000.0
# Ends of a stretch so far out that their distance is still a finite number.
_FAR = 1e300


@dataclass(frozen=True)
class IntensityWindow:
    """A map from grey values to 0..255, made for one volume.

    MedSAM clips a volume to a window and stretches what is left from its lowest to its highest value. Both
    ends of that stretch are kept here, so that a slice alone maps as it does within its volume.

    Attributes:
        preset: the name it was chosen by ("ct-soft", "mr", "none", ...), "LOW,HIGH" for a given range.
        low, high: the window: values outside are clipped.
        stretch_low, stretch_high: lowest and highest value of the clipped volume, which become 0 and 255.
        zero_stays_zero: whether voxels that were 0 become 0 whatever the window.
        reason: why this window, in plain words for the report.
        nonfinite: how many values of the volume are NaN or infinite; they count as the lowest.
    """

    preset: str
    low: float
    high: float
    stretch_low: float
    stretch_high: float
    zero_stays_zero: bool = False
    reason: str = ""
    nonfinite: int = 0

    def apply(self, array: np.ndarray) -> np.ndarray:
        """Map values to uint8; a new array of the same shape, the given one stays as it is.

        Arithmetic is in float64 and truncates, as MedSAM's does. Slices of the volume may be given one by
        one: ``apply(volume)[k]`` equals ``apply(volume[k])``. If the volume is constant, all becomes 0.

        Args:
            array: values of any shape and real number type.
        """
        values = np.asarray(array)
        values = values.astype(values.dtype.newbyteorder("="), copy=False)
        if values.dtype.kind in "uib" and values.dtype.itemsize <= 2:
            codes = values.view(f"u{values.dtype.itemsize}")
            return _lookup_table(self, values.dtype.str)[codes]
        if values.ndim < 3:
            return self._computed(values)
        mapped = np.empty(values.shape, np.uint8)
        for k, part in enumerate(values):  # float64 of one slice at a time
            mapped[k] = self._computed(part)
        return mapped

    def to_json(self) -> dict[str, str | float | bool | int]:
        """The window as plain values for a report."""
        return asdict(self)

    def _computed(self, values: np.ndarray) -> np.ndarray:
        if self.stretch_high <= self.stretch_low:
            return np.zeros(values.shape, np.uint8)
        real = values.astype(np.float64)
        real = np.where(np.isfinite(real), real, self.stretch_low)
        np.clip(real, self.stretch_low, self.stretch_high, out=real)
        real -= self.stretch_low
        real /= self.stretch_high - self.stretch_low
        real *= 255.0
        if self.zero_stays_zero:
            real[values == 0] = 0.0
        return real.astype(np.uint8)


def choose_window(volume: Volume, preset: str = "auto") -> IntensityWindow:
    """The window of a volume.

    Args:
        volume: grey or colour; colours are mapped by one window for all three.
        preset: a CT window ("ct-soft", "ct-lung", "ct-brain", "ct-bone"); "mr": MedSAM's stretch between the
            0.5 and 99.5 percentile of the voxels above 0, where 0 stays 0; "none": 8-bit values as they are,
            others from their lowest to their highest; a range "LOW,HIGH"; or "auto", which decides by the
            modality in the header, else by the values.

    Raises:
        IntensityError: there is no such preset, the range is none, or no value of the volume is finite.
    """
    given = check_preset(preset)
    values = value_range(volume.array_kji, volume.name or "volume")
    window = _window(volume, values, preset, given)
    if not values.nonfinite:
        return window
    remark = f"{values.nonfinite} values are NaN or infinite and count as the lowest."
    return replace(window, reason=f"{window.reason} {remark}")


def check_preset(preset: str) -> tuple[float, float] | None:
    """Refuse text that is neither a preset nor a range: worth doing before an image is read.

    Returns:
        The ends of a range, None for a preset's name.

    Raises:
        IntensityError: it is neither; names the nearest preset.
    """
    given = parse_range(preset)
    if given is None and preset not in PRESETS:
        nearest = difflib.get_close_matches(preset.lower(), PRESETS, 1, cutoff=0.4)
        hint = f"did you mean {nearest[0]}? known are" if nearest else "give one of"
        remedy = f"{hint} {', '.join(PRESETS)} or LOW,HIGH with LOW < HIGH"
        raise IntensityError("intensity", f"'{preset[:60]}' is no preset and no range", remedy)
    return given


def _window(
    volume: Volume, values: ValueRange, preset: str, given: tuple[float, float] | None
) -> IntensityWindow:
    if given is not None:
        return _clipping(preset, *given, values, "The range was given.")
    name, reason = (preset, "It was asked for.") if preset != "auto" else _automatic(volume, values)
    if name in CT_WINDOWS:
        return _clipping(name, CT_WINDOWS[name].low, CT_WINDOWS[name].high, values, reason)
    if name == "mr":
        return _percentiles(volume, values, reason)
    return _unchanged(volume, values, reason)


def _automatic(volume: Volume, values: ValueRange) -> tuple[str, str]:
    """A preset's name and why, in words."""
    if volume.modality in BY_MODALITY:
        name, reason = BY_MODALITY[volume.modality]
        return name, f"The header says {reason}."
    if volume.is_colour:
        return "none", "Colour image: it comes in display values."
    span = f"Values from {values.low:g} to {values.high:g}"
    if volume.array_kji.dtype == np.uint8 and volume.is_2d:
        return "none", "8-bit picture: it comes in display values."
    if _HOUNSFIELD_FLOOR <= values.low <= _HOUNSFIELD_LOW and values.high > 0:
        return "ct-soft", f"{span} look like the Hounsfield units of CT: the soft tissue window."
    return "mr", f"{span} have no fixed scale: stretched between percentiles."


def _clipping(preset: str, low: float, high: float, values: ValueRange, reason: str) -> IntensityWindow:
    stretch_low, stretch_high = np.clip([values.low, values.high], low, high).clip(-_FAR, _FAR).tolist()
    return IntensityWindow(
        preset, low, high, stretch_low, stretch_high, reason=reason, nonfinite=values.nonfinite
    )


def _percentiles(volume: Volume, values: ValueRange, reason: str) -> IntensityWindow:
    ends = percentiles_above_zero(volume.array_kji, PERCENTILES)
    if ends is None or ends[0] == ends[1]:  # MedSAM's rule has no range here: it would divide by zero
        remark = "No value is above 0" if ends is None else "One value only is above 0"
        return _clipping("mr", values.low, values.high, values, f"{reason} {remark}: all are used.")
    window = _clipping("mr", *ends, values, reason)
    return replace(window, zero_stays_zero=True)


def _unchanged(volume: Volume, values: ValueRange, reason: str) -> IntensityWindow:
    if volume.array_kji.dtype == np.uint8:
        return IntensityWindow("none", 0.0, 255.0, 0.0, 255.0, reason=reason)
    return _clipping("none", values.low, values.high, values, reason)


@lru_cache(maxsize=8)
def _lookup_table(window: IntensityWindow, dtype: str) -> np.ndarray:
    """What every 8- or 16-bit value maps to, by its bits read as an unsigned number."""
    kind = np.dtype(dtype)
    codes = np.arange(1 << (8 * kind.itemsize), dtype=f"u{kind.itemsize}")
    if window.preset == "none" and kind == np.uint8:
        return codes  # v / 255 * 255 can fall below v, and truncate to v - 1
    values = codes != 0 if kind.kind == "b" else codes.view(kind.newbyteorder("="))
    table = window._computed(values)
    table.flags.writeable = False
    return table
