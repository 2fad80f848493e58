"""A prepared set, read."""

from __future__ import annotations

import dataclasses
import json
import pickle

import numpy as np
import pytest

from medsam_training.prepared_set import PreparedCase, PreparedSet, SliceRef
from medsam_training.prepared_set.array_file import write_slices
from medsam_training.prepared_set.errors import PreparedSetError
from medsam_training.prepared_set.manifest_file import VERSION, DroppedCase, Manifest, write_manifest

LABELS = np.array([[[0, 1], [0, 0]], [[1, 1], [400, 0]], [[400, 400], [0, 0]]], np.uint16)
IMAGE = np.arange(36, dtype=np.uint8).reshape(3, 2, 2, 3)


def a_case(name: str, split: str = "train") -> PreparedCase:
    return PreparedCase(
        id=f"s/{name}",
        set_name="s",
        group=name,
        split=split,
        modality="CT",
        shape_kji=(9, 2, 2),
        channels=3,
        spacing_mm=(1.0, 1.0, 2.5),
        direction=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        labels={1: "liver", 400: "kidney"},
        instances=False,
        may_train=True,
        slice_numbers=(2, 3, 7),
        slice_labels=((1,), (1, 400), (400,)),
        image_file=f"arrays/s/{name}.image.npy",
        labels_file=f"arrays/s/{name}.labels.npy",
        window={"preset": "none", "low": 0.0},
        sources={"image": "a.png"},
        content=name,
    )


@pytest.fixture
def folder(tmp_path):
    cases = (a_case("a"), a_case("b", "test"))
    (tmp_path / "arrays" / "s").mkdir(parents=True)
    for case in cases:
        write_slices(tmp_path / case.image_file, IMAGE, case.image_shape, np.dtype(np.uint8))
        write_slices(tmp_path / case.labels_file, LABELS, case.labels_shape, np.dtype(np.uint16))
    write_manifest(tmp_path, Manifest(VERSION, {"seed": 0}, cases, (DroppedCase("s/c", "s", "was cut"),)))
    return tmp_path


def _rewrite(folder, **changes):
    changed = dataclasses.replace(a_case("a"), **changes)
    write_manifest(folder, Manifest(VERSION, {}, (changed,)))


def test_the_manifest_comes_back_as_it_was_written(folder):
    prepared = PreparedSet.open(folder)
    assert prepared.cases == (a_case("a"), a_case("b", "test"))
    assert prepared.dropped == (DroppedCase("s/c", "s", "was cut"),)


def test_slices_are_those_of_the_split_with_what_they_show(folder):
    prepared = PreparedSet.open(folder)
    assert prepared.slices("train") == [
        SliceRef("s/a", 0, (1,)),
        SliceRef("s/a", 1, (1, 400)),
        SliceRef("s/a", 2, (400,)),
    ]
    assert prepared.slices("val") == []
    assert prepared.slices("test", ["kidney"]) == [SliceRef("s/b", 1, (400,)), SliceRef("s/b", 2, (400,))]
    assert prepared.slices("test", [400]) == prepared.slices("test", ["kidney"])


def test_slices_are_copies_of_the_arrays(folder):
    prepared = PreparedSet.open(folder)
    for ref in prepared.slices("train"):
        image, labels = prepared.image_yx(ref), prepared.labels_yx(ref)
        assert np.array_equal(image, IMAGE[ref.row]) and np.array_equal(labels, LABELS[ref.row])
        image[...], labels[...] = 0, 0
        assert np.array_equal(prepared.image_yx(ref), IMAGE[ref.row])


def test_a_pickled_set_reads_the_same_and_carries_no_arrays(folder):
    prepared = PreparedSet.open(folder)
    ref = prepared.slices("train")[1]
    prepared.image_yx(ref)
    again = pickle.loads(pickle.dumps(prepared))
    assert np.array_equal(again.image_yx(ref), prepared.image_yx(ref))
    assert len(pickle.dumps(prepared)) < 5000


def test_the_fingerprint_changes_with_the_manifest_only(folder):
    first = PreparedSet.open(folder).fingerprint
    assert PreparedSet.open(folder).fingerprint == first
    _rewrite(folder, split="val")
    assert PreparedSet.open(folder).fingerprint != first


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda p: p.slices("training"), "is no split; give one of train, val, test"),
        (lambda p: p.slices("train", ["livr"]), "has no label livr; did you mean liver"),
        (lambda p: p.slices("train", [3]), "has no label 3"),
        (lambda p: p.case("s/aa"), "no case s/aa; did you mean s/a"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(folder, ask, told):
    with pytest.raises(PreparedSetError, match=told):
        ask(PreparedSet.open(folder))


def test_an_unfinished_set_is_not_opened(tmp_path):
    with pytest.raises(PreparedSetError, match="not finished"):
        PreparedSet.open(tmp_path)


@pytest.mark.parametrize("name", ["../x.npy", "/etc/passwd", "a/../../x.npy", "C:/x.npy", "a\\..\\x.npy"])
def test_a_manifest_that_names_files_elsewhere_is_refused(folder, name):
    _rewrite(folder, image_file=name)
    with pytest.raises(PreparedSetError, match="outside its folder"):
        PreparedSet.open(folder)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace('"version": 1', '"version": 2'),
        lambda text: text.replace('"split": "test"', '"split": "exam"'),
        lambda text: text.replace('"id": "s/b"', '"id": "s/a"'),
        lambda text: text.replace('"slice_numbers": [2, 3, 7]', '"slice_numbers": [2, 3]'),
        lambda _: json.dumps([1]),
    ],
)
def test_a_damaged_manifest_is_one_line(folder, spoil):
    path = folder / "manifest.json"
    path.write_text(spoil(path.read_text(encoding="utf-8")))
    with pytest.raises(PreparedSetError, match=r"manifest\.json") as error:
        PreparedSet.open(folder)
    assert "\n" not in str(error.value)


def test_arrays_that_are_missing_cut_or_of_another_shape_are_told(folder):
    prepared = PreparedSet.open(folder)
    ref = SliceRef("s/a", 0, ())
    path = folder / "arrays" / "s" / "a.image.npy"
    whole = path.read_bytes()
    for content, told in ((whole[:-5], "cut off"), (whole[:20], "cut off"), (b"", "cut off")):
        path.write_bytes(content)
        with pytest.raises(PreparedSetError, match=told):
            prepared.image_yx(ref)
    np.save(path, IMAGE[..., 0])
    with pytest.raises(PreparedSetError, match="does not hold what the manifest says"):
        prepared.image_yx(ref)
    path.unlink()
    with pytest.raises(PreparedSetError, match="is missing"):
        prepared.image_yx(ref)
