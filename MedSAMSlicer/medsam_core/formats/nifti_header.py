"""The header of a NIfTI-1 or NIfTI-2 file (.nii), as nifti.nimh.nih.gov defines it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medsam_core.errors import VolumeError

HEADER_BYTES = {348: 1, 540: 2}

# field: (offset, type) of the parts that say where and what the voxels are.
_NIFTI_1 = {
    "sizeof_hdr": (0, "i4"),
    "dim": (40, "8i2"),
    "intent_code": (68, "i2"),
    "datatype": (70, "i2"),
    "bitpix": (72, "i2"),
    "pixdim": (76, "8f4"),
    "vox_offset": (108, "f4"),
    "scl_slope": (112, "f4"),
    "scl_inter": (116, "f4"),
    "xyzt_units": (123, "u1"),
    "qform_code": (252, "i2"),
    "sform_code": (254, "i2"),
    "quatern": (256, "3f4"),
    "qoffset": (268, "3f4"),
    "srow": (280, "(3,4)f4"),
    "magic": (344, "S4"),
}
_NIFTI_2 = {
    "sizeof_hdr": (0, "i4"),
    "magic": (4, "S8"),
    "datatype": (12, "i2"),
    "bitpix": (14, "i2"),
    "dim": (16, "8i8"),
    "pixdim": (104, "8f8"),
    "vox_offset": (168, "i8"),
    "scl_slope": (176, "f8"),
    "scl_inter": (184, "f8"),
    "qform_code": (344, "i4"),
    "sform_code": (348, "i4"),
    "quatern": (352, "3f8"),
    "qoffset": (376, "3f8"),
    "srow": (400, "(3,4)f8"),
    "xyzt_units": (500, "i4"),
    "intent_code": (504, "i4"),
}

# datatype: (numpy type, values per voxel)
_DATATYPES = {
    2: ("u1", 1),
    4: ("i2", 1),
    8: ("i4", 1),
    16: ("f4", 1),
    64: ("f8", 1),
    128: ("u1", 3),
    256: ("i1", 1),
    512: ("u2", 1),
    768: ("u4", 1),
    1024: ("i8", 1),
    1280: ("u8", 1),
    2304: ("u1", 4),
}
# Below this, 1 - (b2 + c2 + d2) is float32 noise and the turn is by 180 degrees, as in the NIfTI C library.
_HALF_TURN = 1e-7
_MM_PER_UNIT = {1: 1000.0, 3: 0.001}


@dataclass(frozen=True)
class NiftiHeader:
    """What a header says of its voxels and their place.

    Attributes:
        size: lengths of all axes, at least three of them.
        dtype: type of the stored values, byte order included.
        components: values stored side by side in one voxel (3 for RGB24, 4 for RGBA32).
        offset: position of the first voxel in the unpacked file, in bytes.
        intent: the intent code (1007 is a vector, 2003 RGB, 2004 RGBA).
        slope, intercept: stored value to real value; (1, 0) if the header sets none.
        spacing: pixdim 1 to 3 in mm, zero where the header sets none (or a number that is none).
        sform: (4, 4) ijk to RAS, or None without code.
        qform: (4, 4) ijk to RAS, or None without code.
        sform_is_scanner: whether the sform's code is 1 (scanner anatomy).
    """

    size: tuple[int, ...]
    dtype: np.dtype
    components: int
    offset: int
    intent: int
    slope: float
    intercept: float
    spacing: np.ndarray
    sform: np.ndarray | None
    qform: np.ndarray | None
    sform_is_scanner: bool


def parse_nifti_header(path: Path, head: bytes) -> NiftiHeader:
    """Read the first 540 bytes of an unpacked NIfTI file.

    Raises:
        VolumeError: it is no single-file NIfTI, or holds a kind of value that is no image.
    """
    fields, version, order = _fields(path, head)
    magic = bytes(fields["magic"])[:3]
    if magic in (b"ni1", b"ni2"):
        raise VolumeError(path, "is half of a two-file NIfTI (.hdr and .img)", "convert it to .nii.gz")
    if magic not in (b"n+1", b"n+2"):
        raise VolumeError(path, "is no NIfTI file", "give the image under its right suffix")
    if int(fields["datatype"]) not in _DATATYPES:
        problem = f"holds values of NIfTI type {int(fields['datatype'])}"
        raise VolumeError(path, problem, "convert it to whole or real numbers of at most 64 bits")
    kind, components = _DATATYPES[int(fields["datatype"])]
    slope, intercept = _scaling(fields)
    unit = _MM_PER_UNIT.get(int(fields["xyzt_units"]) & 7, 1.0)
    return NiftiHeader(
        size=_size(path, fields["dim"]),
        dtype=np.dtype(order + kind),
        components=components,
        offset=_offset(path, fields["vox_offset"], version),
        intent=int(fields["intent_code"]),
        slope=slope,
        intercept=intercept,
        spacing=_spacing(fields) * unit,
        sform=_sform(fields, unit),
        qform=_qform(fields, unit),
        sform_is_scanner=int(fields["sform_code"]) == 1,
    )


def _fields(path: Path, head: bytes) -> tuple[np.void, int, str]:
    for order in "<>":
        size = int(np.frombuffer(head[:4].ljust(4), order + "i4")[0])
        version = HEADER_BYTES.get(size)
        if version and len(head) >= size:
            table = {1: _NIFTI_1, 2: _NIFTI_2}[version]
            layout = np.dtype(
                {
                    "names": list(table),
                    "offsets": [offset for offset, _ in table.values()],
                    "formats": [np.dtype(kind).newbyteorder(order) for _, kind in table.values()],
                    "itemsize": size,
                }
            )
            return np.frombuffer(head[:size], layout)[0], version, order
    raise VolumeError(path, "is no NIfTI file", "give the image under its right suffix")


def _size(path: Path, dim: np.ndarray) -> tuple[int, ...]:
    axes = int(dim[0])
    if not 1 <= axes <= 7:
        raise VolumeError(path, f"its header gives it {axes} axes", "repair or convert the file")
    size = [int(n) for n in dim[1 : axes + 1]]
    return tuple(size + [1] * (3 - len(size)))


def _offset(path: Path, vox_offset: np.generic, version: int) -> int:
    header_bytes, usual = {1: (348, 352), 2: (540, 544)}[version]
    if not np.isfinite(vox_offset):
        problem = "its header does not say where the voxels start"
        raise VolumeError(path, problem, "repair or convert the file")
    return int(vox_offset) if vox_offset >= header_bytes else usual


def _scaling(fields: np.void) -> tuple[float, float]:
    slope, intercept = float(fields["scl_slope"]), float(fields["scl_inter"])
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        return 1.0, 0.0
    return slope, intercept


def _spacing(fields: np.void) -> np.ndarray:
    return np.nan_to_num(np.abs(fields["pixdim"][1:4].astype(np.float64)), posinf=0.0)


def _sform(fields: np.void, unit: float) -> np.ndarray | None:
    if fields["sform_code"] <= 0:
        return None
    matrix = np.eye(4)
    matrix[:3] = fields["srow"].astype(np.float64) * unit
    return matrix


def _qform(fields: np.void, unit: float) -> np.ndarray | None:
    if fields["qform_code"] <= 0:
        return None
    b, c, d = fields["quatern"].astype(np.float64)
    rest = 1.0 - (b * b + c * c + d * d)
    a = np.sqrt(rest) if rest > _HALF_TURN else 0.0
    a, b, c, d = np.array([a, b, c, d]) / np.linalg.norm([a, b, c, d])
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    handedness = -1.0 if fields["pixdim"][0] < 0 else 1.0
    spacing = _spacing(fields)
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.where(spacing > 0, spacing, 1.0) * (1.0, 1.0, handedness)
    matrix[:3, 3] = fields["qoffset"]
    matrix[:3] *= unit
    return matrix
