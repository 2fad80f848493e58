"""What may be learned from is decided in one place."""

from __future__ import annotations

import pytest

from medsam_training.manifest import DataError, held_out, read_manifest, trainable


def test_only_the_training_split_of_permitted_sets_is_learned_from(small_data):
    assert [item.case for item in trainable(read_manifest(small_data))] == ["a", "v"]


def test_held_out_items_are_those_of_the_split_whatever_their_licence(small_data):
    assert [item.case for item in held_out(read_manifest(small_data), "test")] == ["b", "w"]


def test_the_training_split_is_not_held_out(small_data):
    with pytest.raises(DataError, match="train"):
        held_out(read_manifest(small_data), "train")


def test_a_folder_without_a_manifest_is_named(tmp_path):
    with pytest.raises(DataError, match=tmp_path.name):
        read_manifest(tmp_path)


def test_non_commercial_sets_never_train(data_root):
    assert {item.set_name for item in trainable(read_manifest(data_root))}.isdisjoint(
        {"cardiac_mr", "brats_mr"}
    )
