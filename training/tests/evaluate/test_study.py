"""Which images belong to one case."""

from __future__ import annotations

import json

import numpy as np
import pytest
import SimpleITK as sitk

from medsam_core.errors import OptionError
from medsam_training.evaluate.case_list import list_cases
from medsam_training.evaluate.study import phase_studies, single_studies
from medsam_training.prepare.errors import CaseError

from .conftest import write_ball


@pytest.fixture
def sequences(tmp_path):
    """Two cases with two sequences each."""
    for number in range(2):
        write_ball(tmp_path / "scans", f"pat{number}", number, ("_t1", "_flair"))
    return tmp_path / "scans"


def test_a_pattern_tells_the_images_of_a_case(sequences):
    studies = phase_studies(list_cases([sequences]), "_(t1|flair)$")
    assert [(s.id, s.phases) for s in studies] == [
        ("scans/pat0", ("flair", "t1")),
        ("scans/pat1", ("flair", "t1")),
    ]
    assert all(len(study.load()) == 2 for study in studies)


def test_images_whose_labels_are_in_one_file_belong_together(tmp_path):
    write_ball(tmp_path, "a", 0, ("_t1", "_t2"))
    rows = [
        {"image": f"images/a_{t}.nii.gz", "mask": "masks/a_t1.nii.gz", "id": f"s/a_{t}"} for t in ("t1", "t2")
    ]
    (tmp_path / "list.json").write_text(json.dumps(rows))
    (study,) = phase_studies(list_cases([tmp_path / "list.json"]))
    assert study.phases == ("t1", "t2") and study.first.id == "s/a_t1"


def test_nothing_that_belongs_together_is_said(sequences, balls):
    with pytest.raises(OptionError, match="--fuse: no two images belong to one case"):
        phase_studies(list_cases([balls]))
    with pytest.raises(OptionError, match="--phases: is no regular expression"):
        phase_studies(list_cases([sequences]), "(")


def test_another_truth_is_not_the_same_case(sequences):
    path = sequences / "masks" / "pat1_t1.nii.gz"
    mask = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(mask)
    array[4, 0, 0] = 1
    changed = sitk.GetImageFromArray(array)
    changed.CopyInformation(mask)
    sitk.WriteImage(changed, str(path))
    studies = phase_studies(list_cases([sequences]), "_(t1|flair)$")
    studies[0].load()
    with pytest.raises(CaseError, match="other labels than scans/pat1_flair"):
        studies[1].load()


def test_by_themselves_images_are_as_they_are_listed(sequences):
    studies = single_studies(list_cases([sequences]))
    assert len(studies) == 4 and not any(study.phases for study in studies)
    assert np.array_equal(studies[0].load()[0].labels_yx(4), studies[1].load()[0].labels_yx(4))


def test_an_image_that_stands_alone_has_nothing_to_fuse(sequences):
    write_ball(sequences, "pat2", 2, ("_t1",))
    studies = phase_studies(list_cases([sequences]), "_(t1|flair)$")
    assert [study.id for study in studies] == ["scans/pat0", "scans/pat1"]
