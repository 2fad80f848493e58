"""Which labels are wanted, under which numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medsam_core.geometry import Geometry
from medsam_core.volume import Volume
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.errors import CaseError, SourceError
from medsam_training.prepare.label_rules import LabelRules
from medsam_training.prepare.readers import LoadedCase


def _loaded(labels, names=None):
    array = np.asarray(labels)
    array = array.astype(np.uint8 if array.max() <= 255 else np.uint16).reshape(1, 1, -1)
    volume = Volume(np.zeros(array.shape, np.uint8), Geometry(array.shape[::-1], np.eye(4)))
    return LoadedCase(volume, array, names or {})


def _apply(rules, numbers, own=None, **source):
    case = CaseSource("a", "s", Path("a.nrrd"), Path("m.nrrd"), **source)
    found, names = rules.apply(case, _loaded(numbers, own))
    return found.ravel().tolist(), names


@given(st.lists(st.integers(0, 400), min_size=1, max_size=30).filter(any))
def test_without_rules_every_label_stays(labels):
    found, names = _apply(LabelRules.parse(), labels)
    assert found == labels
    assert set(names) == set(labels) - {0}


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(1, 9), st.integers(1, 400))
def test_merging_changes_those_labels_and_no_other(labels, old, new):
    found, _ = _apply(LabelRules.parse(merge=[f"{old}:{new}"]), labels)
    assert found == [new if label == old else label for label in labels]


def test_merge_and_remove_go_by_number_or_name():
    own = {1: "Liver", 2: "cyst", 3: "tumour", 4: "duodenum"}
    rules = LabelRules.parse(merge=["cyst,3:liver"], remove=["DUODENUM"])
    assert _apply(rules, [0, 1, 2, 3, 4], own) == ([0, 1, 1, 1, 0], {1: "Liver"})


def test_names_in_the_file_decide_the_number_where_labels_are_given():
    rules = LabelRules.parse("1=liver,2=kidney")
    assert _apply(rules, [0, 1, 2], {1: "Kidney", 2: "Liver"}) == ([0, 2, 1], {1: "liver", 2: "kidney"})


@pytest.mark.parametrize(
    ("rules", "own", "source"),
    [
        ({"labels": "1=liver"}, {}, {}),
        ({"labels": "1=liver"}, {1: "liver", 7: "gall"}, {}),
        ({}, {}, {"labels": {1: "liver"}}),
    ],
)
def test_an_unknown_label_is_named_with_those_that_are_known(rules, own, source):
    with pytest.raises(CaseError, match=r"m\.nrrd: holds label 7.*the labels are 1 liver; .*--remove 7"):
        _apply(LabelRules.parse(**rules), [0, 1, 7], own, **source)


def test_an_unknown_label_may_be_left_out():
    assert _apply(LabelRules.parse("1=liver", remove=["7"]), [1, 7]) == ([1, 0], {1: "liver"})


def test_parts_become_objects_of_one_name():
    rules = LabelRules.parse(instances=["tumour"])
    found, names = _apply(rules, [2, 2, 0, 2, 1, 2], {1: "liver", 2: "tumour"})
    assert names == {1: "liver", 2: "tumour", 3: "tumour", 4: "tumour"}
    assert [found[0], found[1], found[4]] == [2, 2, 1] and sorted((found[3], found[5])) == [3, 4]


def test_objects_of_an_instance_set_are_called_object():
    assert _apply(LabelRules.parse(), [1, 2], instances=True)[1] == {1: "object", 2: "object"}


@pytest.mark.parametrize(
    "options",
    [{"labels": "liver"}, {"labels": "x.json"}, {"merge": ["2"]}, {"merge": [":1"]}, {"merge": ["2:0"]}],
)
def test_an_option_that_is_not_understood_is_named(options):
    with pytest.raises(SourceError, match=r"--labels|--merge|x\.json"):
        LabelRules.parse(**options)


def test_labels_come_from_a_json_file_too(tmp_path):
    (tmp_path / "labels.json").write_text('{"labels": {"background": 0, "liver": 1}}')
    assert LabelRules.parse(str(tmp_path / "labels.json")).names == {1: "liver"}
