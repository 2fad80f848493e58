"""Cases that come as arrays: CVPR 2024's .npz and MedSAM's folders of .npy."""

from __future__ import annotations

import numpy as np
import pytest

from medsam_training.prepare.errors import CaseError, SourceError
from medsam_training.prepare.readers import load_case
from medsam_training.prepare.sources import find_cases


def test_a_volume_of_npz_comes_with_labels_and_spacing(tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (4, 12, 10)).astype(np.uint8)
    truth = np.zeros((4, 12, 10), np.uint16)
    truth[1:3, 2:8, 2:7] = 300
    np.savez_compressed(tmp_path / "CT_Abd_7.npz", imgs=image, gts=truth, spacing=np.array([0.7, 0.8, 5.0]))
    (case,) = find_cases([tmp_path])
    loaded = load_case(case)
    assert case.modality == "CT" and case.name == "CT_Abd_7"
    assert np.array_equal(loaded.volume.array_kji, image)
    assert np.array_equal(loaded.labels_kji, truth)
    assert loaded.volume.spacing_mm == (0.7, 0.8, 5.0) and loaded.has_spacing and loaded.displayed


def test_a_colour_picture_of_npz_is_one_slice(tmp_path):
    image = np.random.default_rng(1).integers(0, 256, (12, 10, 3)).astype(np.uint8)
    np.savez(tmp_path / "Endoscopy_1.npz", imgs=image, gts=np.ones((12, 10), np.uint8))
    loaded = load_case(find_cases([tmp_path / "Endoscopy_1.npz"])[0])
    assert np.array_equal(loaded.volume.slice_yx(0), image) and not loaded.has_spacing


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"imgs": np.zeros((2, 3, 4), np.uint8)}, "no arrays imgs and gts"),
        (
            {"imgs": np.zeros((2, 3, 4)), "gts": np.zeros((2, 3, 5), np.uint8)},
            r"\(2, 3, 4\), gts \(2, 3, 5\)",
        ),
        ({"imgs": np.array([{}], object), "gts": np.zeros((1, 1), np.uint8)}, "holds object values"),
    ],
)
def test_an_npz_that_does_not_fit_is_told(tmp_path, arrays, told):
    np.savez(tmp_path / "CT_1.npz", **arrays)
    with pytest.raises(CaseError, match=told):
        load_case(find_cases([tmp_path])[0])


def test_a_cut_npz_is_told(tmp_path):
    np.savez(tmp_path / "CT_1.npz", imgs=np.zeros((9, 9, 9)), gts=np.ones((9, 9, 9)))
    whole = (tmp_path / "CT_1.npz").read_bytes()
    (tmp_path / "CT_1.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(CaseError, match="cut off or damaged"):
        load_case(find_cases([tmp_path])[0])


@pytest.fixture
def medsam_folders(tmp_path):
    """Two cases of three slices, as MedSAM's scripts write them: grey in three channels, 0..1."""
    rng = np.random.default_rng(0)
    for name in ("imgs", "gts"):
        (tmp_path / "npy" / name).mkdir(parents=True)
    for case in ("CT_Abd_A", "CT_Abd_B"):
        for number in (8, 9, 10):
            grey = rng.integers(0, 256, (16, 16)).astype(np.uint8)
            np.save(tmp_path / "npy/imgs" / f"{case}-{number}.npy", np.repeat(grey[..., None], 3, 2) / 255)
            np.save(tmp_path / "npy/gts" / f"{case}-{number}.npy", (grey > 99).astype(np.uint8) * 5)
    return tmp_path / "npy"


def test_slices_of_one_name_are_one_case_in_the_order_of_their_numbers(medsam_folders):
    cases = find_cases([medsam_folders])
    assert [case.name for case in cases] == ["CT_Abd_A", "CT_Abd_B"]
    loaded = load_case(cases[0])
    for k, number in enumerate((8, 9, 10)):
        image = np.load(medsam_folders / "imgs" / f"CT_Abd_A-{number}.npy")
        assert np.array_equal(loaded.volume.slice_yx(k), np.rint(image[..., 0] * 255).astype(np.uint8))
        assert np.array_equal(
            loaded.labels_kji[k], np.load(medsam_folders / "gts" / f"CT_Abd_A-{number}.npy")
        )


def test_a_slice_without_its_mask_is_named(medsam_folders):
    (medsam_folders / "gts" / "CT_Abd_B-9.npy").unlink()
    with pytest.raises(SourceError, match="CT_Abd_B-9"):
        find_cases([medsam_folders])


def test_pickled_arrays_are_never_loaded(medsam_folders):
    np.save(medsam_folders / "imgs" / "CT_Abd_A-8.npy", np.array([print], object), allow_pickle=True)
    with pytest.raises(CaseError, match=r"no \.npy array"):
        load_case(find_cases([medsam_folders])[0])
