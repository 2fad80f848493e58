"""The figures are those of the definitions, computed here another way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage
from skimage.measure import marching_cubes

from medsam_training.evaluate.measures import measure, overlap


def hd95_by_definition(mask: np.ndarray, truth: np.ndarray, spacing: tuple[float, ...]) -> float:
    """Erosion, distance transform, percentile."""
    one, other = (np.pad(m, 1) & ~ndimage.binary_erosion(np.pad(m, 1)) for m in (mask, truth))
    far = [ndimage.distance_transform_edt(~b, sampling=spacing)[a] for a, b in ((one, other), (other, one))]
    return max(np.percentile(part, 95) for part in far)


def nsd_by_definition(
    mask: np.ndarray, truth: np.ndarray, spacing: tuple[float, ...], tolerance: float
) -> float:
    """Surface elements lie between 2 x 2 (x 2) neighbours; each counts by its length or area."""
    sizes = [_elements(np.pad(m, 1), spacing) for m in (mask, truth)]
    near = 0.0
    for mine, other in (sizes, sizes[::-1]):
        distance = ndimage.distance_transform_edt(other == 0, sampling=spacing)
        near += mine[distance <= tolerance].sum()
    return near / sum(part.sum() for part in sizes)


def _elements(mask: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    return _lengths(mask, spacing) if mask.ndim == 2 else _areas(mask, spacing)


def _lengths(mask: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    a, b, c, d = mask[:-1, :-1], mask[:-1, 1:], mask[1:, :-1], mask[1:, 1:]
    count = a.astype(int) + b + c + d
    slanted = 0.5 * np.hypot(*spacing)
    lengths = np.where((count == 1) | (count == 3), slanted, 0.0)
    lengths[(count == 2) & (a == d)] = 2 * slanted
    lengths[(count == 2) & (a == b)] = spacing[1]
    lengths[(count == 2) & (a == c)] = spacing[0]
    return lengths


def _areas(mask: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    corners, faces, _, _ = marching_cubes(mask.astype(float), 0.5, method="lorensen")
    triangles = corners[faces]
    cells = np.floor(triangles.mean(1)).astype(int)
    sides = (triangles[:, 1:] - triangles[:, :1]) * np.asarray(spacing)
    areas = np.zeros(np.array(mask.shape) - 1)
    np.add.at(areas, tuple(cells.T), np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1) / 2)
    return areas


@pytest.fixture(scope="module")
def a_hippocampus(data_root: Path) -> tuple[np.ndarray, tuple[float, ...]]:
    """A real mask (k, j, i) and its spacing."""
    image = sitk.ReadImage(str(data_root / "hippocampus_mr" / "masks" / "hippocampus_001.nii.gz"))
    return sitk.GetArrayFromImage(image) > 0, image.GetSpacing()[::-1]


@pytest.fixture(scope="module")
def a_polyp(data_root: Path) -> np.ndarray:
    """A real mask (y, x)."""
    path = sorted((data_root / "polyp_endoscopy" / "masks").glob("*.png"))[0]
    return np.asarray(Image.open(path)) > 0


@pytest.mark.parametrize("change", ["moved", "grown", "cut", "a few voxels"])
def test_a_real_volume_has_the_figures_of_the_definitions(a_hippocampus, change):
    truth, _ = a_hippocampus
    spacing = (2.5, 1.0, 1.3)  # uneven, so that axes cannot be mixed up
    mask = changed(truth, change)
    found = measure(mask, truth, spacing, 2.0)
    assert found.dsc == pytest.approx(2 * (mask & truth).sum() / (mask.sum() + truth.sum()))
    assert found.iou == pytest.approx((mask & truth).sum() / (mask | truth).sum())
    assert found.hd95 == pytest.approx(hd95_by_definition(mask, truth, spacing), abs=1e-4)
    # Cells of doubtful topology are triangulated in one of several ways: a hundredth of the area.
    assert found.nsd == pytest.approx(nsd_by_definition(mask, truth, spacing, 2.0), abs=0.01)


@pytest.mark.parametrize("change", ["moved", "grown", "cut", "a few voxels"])
def test_a_real_picture_has_the_figures_of_the_definitions(a_polyp, change):
    mask = changed(a_polyp, change)
    found = measure(mask, a_polyp, None, 2.0)
    assert found.nsd == pytest.approx(nsd_by_definition(mask, a_polyp, (1.0, 1.0), 2.0), abs=1e-6)
    assert found.hd95 == pytest.approx(hd95_by_definition(mask, a_polyp, (1.0, 1.0)), abs=1e-4)


def changed(truth: np.ndarray, change: str) -> np.ndarray:
    """A mask that differs from the truth."""
    if change == "moved":
        return np.roll(truth, 3, axis=-1)
    if change == "grown":
        return ndimage.binary_dilation(truth, iterations=2)
    if change == "cut":
        mask = truth.copy()
        mask[..., : int(np.nonzero(truth)[-1].mean())] = False
        return mask
    places = np.argwhere(truth)[::50]
    mask = np.zeros_like(truth)
    mask[tuple(places.T)] = True
    return mask


def test_the_tolerance_and_the_distance_are_in_the_spacings_unit():
    truth, mask = np.zeros((2, 40, 40), bool)
    truth[10:20, 10:20], mask[10:20, 13:23] = True, True
    assert measure(mask, truth, (1.0, 0.5), 2.0).nsd == 1.0
    assert measure(mask, truth, (1.0, 2.0), 2.0).nsd < 1.0
    assert measure(mask, truth, (1.0, 2.0), 2.0).hd95 == pytest.approx(
        2 * measure(mask, truth, (0.5, 1.0), 1.0).hd95
    )


@pytest.mark.parametrize("shape", [(30, 40), (5, 30, 40)])
def test_empty_masks_have_figures_too(shape):
    nothing, something = np.zeros(shape, bool), np.zeros(shape, bool)
    something[..., 3:5, 4:9] = True
    steps = (2.0,) * len(shape)
    both = measure(nothing, nothing, steps, 2.0)
    assert (both.dsc, both.nsd, both.hd95, both.iou) == (1, 1, 0, 1)
    diagonal = 2 * np.linalg.norm(shape)
    for pair in ((nothing, something), (something, nothing)):
        one = measure(*pair, steps, 2.0)
        assert (one.dsc, one.nsd, one.iou) == (0, 0, 0) and one.hd95 == pytest.approx(diagonal)
    part = measure(nothing, something, steps, 2.0, extent=tuple(2 * n for n in shape))
    assert part.hd95 == pytest.approx(2 * diagonal)


def test_an_object_at_the_images_edge_has_a_surface_there():
    mask = np.zeros((20, 20), bool)
    mask[:8, :8] = True
    found = measure(mask, mask, None, 1.0)
    assert (found.dsc, found.nsd, found.hd95) == (1, 1, 0)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.floats(0, 1))
def test_no_pair_of_masks_has_a_figure_that_is_no_number(seed, one, other):
    rng = np.random.default_rng(seed)
    mask, truth = rng.random((9, 7)) < one, rng.random((9, 7)) < other
    found, back = measure(mask, truth, (1.5, 0.7), 2.0), measure(truth, mask, (1.5, 0.7), 2.0)
    assert 0 <= found.dsc <= 1 and 0 <= found.nsd <= 1 and 0 <= found.iou <= found.dsc
    assert 0 <= found.hd95 <= np.hypot(9 * 1.5, 7 * 0.7)
    assert found.nsd == pytest.approx(back.nsd) and found.hd95 == pytest.approx(back.hd95)
    assert overlap(mask, truth).dsc == found.dsc
