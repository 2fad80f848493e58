"""Sets that bring a description: the Decathlon's, nnU-Net's, and several sets under one manifest."""

from __future__ import annotations

import json

import pytest

from medsam_training.prepare.errors import SourceError
from medsam_training.prepare.sources import find_cases


def _dataset(folder, **fields):
    folder.mkdir(exist_ok=True)
    (folder / "dataset.json").write_text(json.dumps(fields))
    return folder


def test_the_decathlon_gives_training_cases_with_label_names(tmp_path):
    folder = _dataset(
        tmp_path / "Task04",
        modality={"0": "MRI"},
        labels={"0": "background", "1": "Anterior"},
        training=[{"image": "./imagesTr/h_1.nii.gz", "label": "./labelsTr/h_1.nii.gz"}],
        test=["./imagesTs/h_2.nii.gz"],
    )
    (case,) = find_cases([folder])
    assert (case.id, case.modality, case.labels) == ("Task04/h_1", "MR", {1: "Anterior"})
    assert find_cases([folder / "dataset.json"]) == [case]


def test_a_4d_image_is_a_case_for_each_channel_of_one_patient(tmp_path):
    folder = _dataset(
        tmp_path / "Task01",
        modality={"0": "FLAIR", "1": "T1w"},
        labels={"1": "edema"},
        training=[{"image": "imagesTr/b.nii.gz", "label": "labelsTr/b.nii.gz"}],
    )
    cases = find_cases([folder])
    assert [(c.name, c.frame, c.modality) for c in cases] == [("b_FLAIR", 0, "MR"), ("b_T1w", 1, "MR")]
    assert {c.owner for c in cases} == {"Task01/b"}


def test_nnunets_description_names_labels_of_files_that_pair_by_name(tmp_path):
    folder = _dataset(tmp_path / "D1", channel_names={"0": "CT"}, labels={"background": 0, "liver": 1})
    for name in ("imagesTr/a_0000.nii.gz", "labelsTr/a.nii.gz"):
        (folder / name).parent.mkdir()
        (folder / name).write_bytes(b"x")
    (case,) = find_cases([folder])
    assert (case.modality, case.labels) == ("CT", {1: "liver"})


def test_a_description_that_names_files_elsewhere_is_refused(tmp_path):
    folder = _dataset(tmp_path / "D", training=[{"image": "../../x.nii", "label": "y.nii"}])
    with pytest.raises(SourceError, match="outside its folder"):
        find_cases([folder])


def test_the_manifest_of_real_data_gives_every_item_with_split_and_licence(data_root):
    cases = find_cases([data_root])
    rows = json.loads((data_root / "manifest.json").read_text(encoding="utf-8"))["items"]
    assert len(cases) == len(rows)
    assert {case.split for case in cases} == {"train", "val", "test"}
    by_set = {case.set_name: case for case in cases}
    assert not by_set["brats_mr"].may_train and by_set["hippocampus_mr"].may_train
    assert by_set["cell_nuclei"].instances and not by_set["polyp_endoscopy"].instances
    assert {by_set[name].modality for name in ("totalseg_ct", "totalseg_ct_dicom")} == {"CT"}
    assert by_set["nerve_ultrasound"].modality == "US" and by_set["retina_fundus"].modality == "OP"
    assert 0 not in by_set["larynx_endoscopy"].labels
