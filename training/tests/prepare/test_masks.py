"""Masks of every format come in with exactly the numbers of their files, on the grid of their image."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import CaseError
from medsam_training.prepare.readers import load_case
from medsam_training.prepare.readers.mask_files import read_mask


def _labels(dtype=np.uint16, largest=300):
    rng = np.random.default_rng(3)
    return (rng.integers(0, largest + 1, (4, 9, 7)) * (rng.random((4, 9, 7)) < 0.4)).astype(dtype)


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int32, np.float32, np.float64])
def test_labels_survive_exactly(tmp_path, write_volume, suffix, dtype):
    labels = _labels(dtype, 255 if dtype == np.uint8 else 300)
    mask = write_volume(tmp_path / f"mask{suffix}", labels)
    image = write_volume(tmp_path / f"image{suffix}", labels.astype(np.int16))
    loaded = load_case(CaseSource("a", "s", image, mask))
    assert np.array_equal(loaded.labels_kji, labels)
    assert loaded.labels_kji.dtype == (np.uint8 if dtype == np.uint8 else np.uint16)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"array": np.ones((4, 9, 8), np.uint8)}, "it has 8 x 9 x 4 voxels, the image 7 x 9 x 4"),
        ({"spacing": (1.0, 1.0, 2.0)}, "voxels of 1 x 1 x 2 mm, the image's are 1 x 1.5 x 2 mm"),
        ({"origin": (3.0, 0.0, 4.0)}, "it lies 5 mm beside it"),
        ({"array": np.full((4, 9, 7), 0.5, np.float32)}, "no whole numbers"),
        ({"array": np.full((4, 9, 7), -1, np.int16)}, "from -1 to -1"),
        ({"array": np.full((4, 9, 7), np.nan, np.float32)}, "not finite"),
    ],
)
def test_a_mask_that_does_not_fit_says_how(tmp_path, write_volume, spoil, told):
    image = write_volume(tmp_path / "image.nrrd", np.zeros((4, 9, 7), np.int16))
    spoilt = dict(spoil)
    mask = write_volume(tmp_path / "mask.nrrd", spoilt.pop("array", np.ones((4, 9, 7), np.uint8)), **spoilt)
    with pytest.raises(CaseError, match=told) as error:
        load_case(CaseSource("a", "s", image, mask))
    assert "mask.nrrd" in str(error.value) and "\n" not in str(error.value)


def test_rounding_in_a_header_is_no_difference(tmp_path, write_volume):
    image = write_volume(tmp_path / "image.nrrd", np.zeros((4, 9, 7), np.int16), origin=(1.0, 2.0, 3.0))
    mask = write_volume(tmp_path / "mask.nrrd", _labels(), origin=(1.00004, 2.0, 2.9999))
    assert np.array_equal(load_case(CaseSource("a", "s", image, mask)).labels_kji, _labels())


def test_a_palette_png_holds_indices_not_colours(tmp_path):
    indices = _labels(np.uint8, 20)[0]
    picture = Image.fromarray(indices, mode="P")
    picture.putpalette([(7 * n) % 256 for n in range(768)])
    picture.save(tmp_path / "mask.png")
    assert np.array_equal(read_mask(tmp_path / "mask.png", None).labels_kji[0], indices)


def test_grey_saved_as_colour_and_16_bits_are_read(tmp_path):
    grey = _labels(np.uint8, 255)[0]
    Image.fromarray(np.repeat(grey[..., None], 3, 2)).save(tmp_path / "colour.png")
    Image.fromarray(_labels()[1]).save(tmp_path / "deep.png")
    assert np.array_equal(read_mask(tmp_path / "colour.png", None).labels_kji[0], grey)
    assert np.array_equal(read_mask(tmp_path / "deep.png", None).labels_kji[0], _labels()[1])


def test_pictures_that_cannot_be_masks_are_refused(tmp_path):
    colours = np.random.default_rng(0).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "colour.png")
    Image.fromarray(colours).save(tmp_path / "mask.jpg")
    (tmp_path / "cut.png").write_bytes((tmp_path / "colour.png").read_bytes()[:60])
    told = {"colour.png": "colour picture", "mask.jpg": "JPEG, which changes", "cut.png": "cut off"}
    for name, words in told.items():
        with pytest.raises(CaseError, match=words):
            read_mask(tmp_path / name, None)


def _seg_nrrd(path, array_kji, origin, segments, layers=None):
    """A .seg.nrrd as 3D Slicer writes it, by hand; `array_kji` may have layers as last axis."""
    sizes = " ".join(map(str, array_kji.shape[::-1] if layers is None else array_kji.T.shape))
    space = "(1,0,0) (0,1.5,0) (0,0,2)"
    lines = ["NRRD0004", "type: unsigned char", f"dimension: {array_kji.ndim}"]
    lines += ["space: left-posterior-superior", f"sizes: {sizes}"]
    lines += [f"space directions: {'none ' if layers else ''}{space}"]
    lines += [f"kinds: {'list ' if layers else ''}domain domain domain", "encoding: raw"]
    lines += [f"space origin: ({','.join(map(str, origin))})"]
    for n, fields in enumerate(segments):
        lines += [f"Segment{n}_{key}:={value}" for key, value in fields.items()]
    path.write_bytes(("\n".join(lines) + "\n\n").encode() + np.ascontiguousarray(array_kji).tobytes())


def test_a_cropped_seg_nrrd_lands_on_its_voxels_with_its_names(tmp_path, write_volume):
    whole = np.zeros((4, 9, 7), np.uint8)
    whole[1:3, 2:6, 3:5] = 4
    image = write_volume(tmp_path / "image.nrrd", np.zeros((4, 9, 7), np.int16), origin=(10.0, 20.0, 30.0))
    part = np.ascontiguousarray(whole[1:4, 2:7, 2:6])
    segments = [{"Name": "left kidney", "LabelValue": 4, "Layer": 0}]
    _seg_nrrd(tmp_path / "a.seg.nrrd", part, (10 + 2, 20 + 2 * 1.5, 30 + 2.0), segments)
    loaded = load_case(CaseSource("a", "s", image, tmp_path / "a.seg.nrrd"))
    assert np.array_equal(loaded.labels_kji, whole)
    assert loaded.names == {4: "left kidney"}


@pytest.mark.parametrize("origin", [(10.4, 20.0, 30.0), (10.0, 20.0, 36.0)])
def test_a_seg_nrrd_between_the_voxels_or_outside_is_refused(tmp_path, write_volume, origin):
    image = write_volume(tmp_path / "image.nrrd", np.zeros((4, 9, 7), np.int16), origin=(10.0, 20.0, 30.0))
    _seg_nrrd(tmp_path / "a.seg.nrrd", np.ones((4, 9, 6), np.uint8), origin, [{"Name": "x", "LabelValue": 1}])
    with pytest.raises(CaseError, match=r"a\.seg\.nrrd: (does not fit|has labelled voxels outside)"):
        load_case(CaseSource("a", "s", image, tmp_path / "a.seg.nrrd"))


def test_segments_in_layers_get_numbers_of_their_own_and_overlap_is_told(tmp_path, write_volume):
    image = write_volume(tmp_path / "image.nrrd", np.zeros((4, 9, 7), np.int16))
    layers = np.zeros((4, 9, 7, 2), np.uint8)
    layers[1, 1:5, 1:5, 0] = 1
    layers[1, 4:7, 1:5, 1] = 1
    segments = [
        {"Name": "organ", "LabelValue": 1, "Layer": 0},
        {"Name": "tumour", "LabelValue": 1, "Layer": 1},
    ]
    _seg_nrrd(tmp_path / "a.seg.nrrd", layers, (0, 0, 0), segments, layers=2)
    loaded = load_case(CaseSource("a", "s", image, tmp_path / "a.seg.nrrd"))
    expected = layers[..., 0].copy()
    expected[layers[..., 1] > 0] = 2
    assert np.array_equal(loaded.labels_kji, expected)
    assert loaded.names == {1: "organ", 2: "tumour"}
    assert loaded.notes == ("4 voxels of organ lie under tumour.",)


def test_what_the_engine_writes_as_seg_nrrd_comes_back(tmp_path):
    from medsam_core.formats.seg_nrrd_writer import write_seg_nrrd

    matrix = np.array([[0, -0.8, 0, 5], [0.7, 0, 0.1, 6], [0, 0, 3, 7], [0, 0, 0, 1.0]])
    geometry = Geometry((7, 9, 4), matrix)
    names = {1: "liver", 300: "kidney"}
    labels = np.where(_labels() > 150, 300, (_labels() > 0).astype(int)).astype(np.uint16)
    write_seg_nrrd(tmp_path / "a.seg.nrrd", labels, geometry, names=names, colours={}, terminology={})
    mask = read_mask(tmp_path / "a.seg.nrrd", Volume(labels, geometry))
    assert np.array_equal(mask.labels_kji, labels) and mask.names == names
    assert mask.geometry.agrees_with(geometry)
