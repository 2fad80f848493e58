"""Splits go by patient and by image, whatever else changes."""

from __future__ import annotations

import dataclasses
import json
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_training.prepare.errors import LeakError, SourceError
from medsam_training.prepare.split import SplitMember, SplitRule, assign_splits, same_images

MEMBERS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 40), st.sampled_from("ab")), min_size=1, max_size=40
).map(
    lambda rows: [
        SplitMember(f"c{n}", stratum, f"g{group}", f"image{content}")
        for n, (group, content, stratum) in enumerate(rows)
    ]
)


def _splits_by(members, splits, field):
    found = {}
    for member in members:
        found.setdefault(getattr(member, field), set()).add(splits[member.id])
    return found


@given(MEMBERS, st.integers(0, 5))
def test_no_patient_and_no_image_is_in_two_splits(members, seed):
    splits = assign_splits(members, SplitRule(seed=seed))
    assert set(splits) == {member.id for member in members}
    for field in ("group", "content"):
        assert all(len(found) == 1 for found in _splits_by(members, splits, field).values())


@given(MEMBERS, st.randoms(use_true_random=False))
def test_the_order_of_cases_changes_nothing(members, shuffle: random.Random):
    alike = [dataclasses.replace(member, stratum="one") for member in members]
    shuffled = list(alike)
    shuffle.shuffle(shuffled)
    assert assign_splits(alike, SplitRule()) == assign_splits(shuffled, SplitRule())


@given(st.integers(1, 300))
def test_shares_are_kept_and_three_cases_are_enough_for_three_splits(count):
    members = [SplitMember(f"c{n}", "s", f"g{n}") for n in range(count)]
    found = Counter(assign_splits(members, SplitRule()).values())
    assert found["train"] >= 1
    if count >= 3:
        assert abs(found["val"] - count / 10) <= 1 and abs(found["test"] - count / 10) <= 1
        assert found["val"] >= 1 and found["test"] >= 1


def test_every_set_is_in_every_split():
    members = [SplitMember(f"{s}{n}", s, f"{s}{n}") for s in "abc" for n in range(10)]
    splits = assign_splits(members, SplitRule())
    assert Counter((m.stratum, splits[m.id]) for m in members) == Counter(
        {(s, split): n for s in "abc" for split, n in (("train", 8), ("val", 1), ("test", 1))}
    )


def test_another_seed_is_another_draw_and_the_same_seed_the_same():
    members = [SplitMember(f"c{n}", "s", f"g{n}") for n in range(50)]
    draws = [assign_splits(members, SplitRule(seed=seed)) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(
    ("text", "only"),
    [("1/0/0", {"train"}), ("0/0/1", {"test"}), ("0/1/0", {"val"}), ("1/1/0", {"train", "val"})],
)
def test_a_share_of_nothing_is_nothing(text, only):
    members = [SplitMember(f"c{n}", "s", f"g{n}") for n in range(9)]
    assert set(assign_splits(members, SplitRule.parse(text)).values()) == only


def test_a_given_split_is_kept_and_its_group_follows():
    members = [
        SplitMember("a", "s", "p1", split="test"),
        SplitMember("b", "s", "p1"),
        *(SplitMember(f"c{n}", "s", f"g{n}") for n in range(5)),
    ]
    splits = assign_splits(members, SplitRule())
    assert splits["a"] == splits["b"] == "test"


def test_a_patient_in_two_given_splits_is_named():
    members = [SplitMember("a", "s", "p1", split="train"), SplitMember("b", "s", "p1", split="test")]
    with pytest.raises(LeakError, match=r"group p1: is in train \(a\) and in test \(b\)"):
        assign_splits(members, SplitRule())
    assert len(set(assign_splits(members, SplitRule.parse("80/10/10")).values())) == 1


def test_one_image_in_two_given_splits_is_named():
    members = [
        SplitMember("a", "s", "p1", "same", "train"),
        SplitMember("b", "s", "p2", "same", "test"),
        SplitMember("c", "s", "p1", "other", "train"),
    ]
    with pytest.raises(LeakError, match="a: has the same image as b"):
        assign_splits(members, SplitRule())
    assert same_images(members, SplitRule()) == {"a": "b", "c": "b"}


def test_a_file_gives_splits_by_id_or_group(tmp_path):
    path = tmp_path / "splits.json"
    path.write_text(json.dumps({"train": ["a"], "test": ["p2"]}))
    members = [SplitMember("a", "s", "p1"), SplitMember("b", "s", "p2"), SplitMember("c", "s", "p2")]
    assert assign_splits(members, SplitRule.parse(str(path))) == {"a": "train", "b": "test", "c": "test"}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"train": ["a"], "tset": ["b"]}, "split 'tset'"),
        ({"train": ["a"], "val": ["a"]}, "is in train and in val"),
        (["a"], "cannot be read"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, content, told):
    path = tmp_path / "splits.json"
    path.write_text(json.dumps(content))
    with pytest.raises(SourceError, match=told):
        assign_splits([SplitMember("a", "s", "a")], SplitRule.parse(str(path)))


@pytest.mark.parametrize("text", ["80/20", "a/b/c", "0/0/0", "-1/1/1", "nan/1/1"])
def test_shares_that_are_none_are_refused(text):
    with pytest.raises(SourceError, match="--split"):
        SplitRule.parse(text)
