"""DICOM series made for a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK

from medsam_core.geometry import Geometry


def write_series(
    folder: Path,
    array_kji: np.ndarray,
    geometry: Geometry,
    *,
    uid: str = "1.2.3",
    name: str = "slice",
    description: str = "a series",
    modality: str = "CT",
    number: int = 1,
    temporal: int = 1,
    slope: float = 1.0,
    intercept: float = 0.0,
) -> list[Path]:
    """Write each slice as one file; where slices lie is the geometry's, sheared or not.

    GDCM stores (value - intercept) / slope, so that the values given here are those a reader should find.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lps = geometry.ijk_to_lps
    axes = lps[:3, :2] / np.linalg.norm(lps[:3, :2], axis=0)
    common = {
        "0008|0060": modality,
        "0008|103e": description,
        "0020|000d": "1.2.99",
        "0020|000e": uid,
        "0020|0011": str(number),
        "0020|0037": "\\".join(f"{value:.12g}" for value in axes.T.ravel()),
        "0020|0100": str(temporal),
        "0028|1052": f"{intercept:g}",
        "0028|1053": f"{slope:g}",
    }
    paths = []
    for k, slice_yx in enumerate(array_kji):
        place = lps[:3] @ (0, 0, k, 1)
        own = {
            "0008|0018": f"{uid}.{temporal}.{k + 1}",
            "0020|0013": str(k + 1),
            "0020|0032": "\\".join(f"{value:.12g}" for value in place),
        }
        paths.append(folder / f"{name}{k:03d}.dcm")
        _write(paths[-1], slice_yx, geometry.spacing_mm, {**common, **own})
    return paths


def _write(
    path: Path, slice_yx: np.ndarray, spacing: tuple[float, float, float], tags: dict[str, str]
) -> None:
    image = SimpleITK.GetImageFromArray(slice_yx[None], isVector=slice_yx.ndim == 3)
    image.SetSpacing(spacing)
    for key, value in tags.items():
        image.SetMetaData(key, value)
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    writer.SetImageIO("GDCMImageIO")
    writer.SetFileName(str(path))
    writer.Execute(image)
