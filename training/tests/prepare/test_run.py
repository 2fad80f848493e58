"""The laws of a prepared set, on whole runs."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medsam_core.errors import OutputError
from medsam_core.intensity import choose_window
from medsam_core.volume_reader import read_volume
from medsam_training.prepare.cleaning import CleaningRules
from medsam_training.prepare.errors import LeakError, SourceError
from medsam_training.prepare.label_rules import LabelRules
from medsam_training.prepare.options import Intensity, PrepareOptions
from medsam_training.prepare.run import prepare_set
from medsam_training.prepare.split import SplitRule
from medsam_training.prepared_set import PreparedSet
from medsam_training.prepared_set.errors import PreparedSetError

KEPT = PrepareOptions(cleaning=CleaningRules(0, 0))


def all_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a prepared set that is meant to last."""
    found = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_a_prepared_slice_is_the_window_applied_to_the_slice_of_the_volume(a_folder_of_pairs, tmp_path):
    prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    prepared = PreparedSet.open(tmp_path / "out")
    assert len(prepared.cases) == 6
    for case in prepared.cases:
        volume = read_volume(case.sources["image"])
        truth = read_volume(case.sources["mask"]).array_kji
        window = choose_window(volume)
        assert case.window == window.to_json()
        assert case.slice_numbers == (1, 2, 3)
        assert case.spacing_mm == pytest.approx((1.0, 1.5, 2.0))
        for ref in prepared.slices(case.split):
            if ref.case_id == case.id:
                k = case.slice_numbers[ref.row]
                assert np.array_equal(prepared.image_yx(ref), window.apply(volume.slice_yx(k)))
                assert np.array_equal(prepared.labels_yx(ref), truth[k])
                assert ref.labels == (1, 2)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 10**6),
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.float32]),
    preset=st.sampled_from(["auto", "mr", "ct-lung", "none", "10,90"]),
    largest=st.sampled_from([3, 255, 4000]),
)
def test_any_volume_and_mask_come_through_exactly(tmp_path, write_volume, seed, dtype, preset, largest):
    rng = np.random.default_rng(seed)
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    image = (rng.random((3, 8, 7)) * 200).astype(dtype)
    labels = (rng.integers(0, largest + 1, (3, 8, 7)) * (rng.random((3, 8, 7)) < 0.3)).astype(np.uint16)
    labels[rng.integers(3)] = 0
    labels[0, 0, 0] = largest
    source = write_volume(folder / "s" / "images" / "a.nrrd", image)
    write_volume(folder / "s" / "masks" / "a.nrrd", labels)
    options = dataclasses.replace(KEPT, intensity=Intensity.parse([preset]))
    prepare_set([folder / "s"], folder / "out", options, workers=1)
    prepared = PreparedSet.open(folder / "out")
    (case,) = prepared.cases
    volume = read_volume(source)
    refs = prepared.slices(case.split)
    assert [case.slice_numbers[ref.row] for ref in refs] == np.flatnonzero(labels.any((1, 2))).tolist()
    for ref in refs:
        k = case.slice_numbers[ref.row]
        assert np.array_equal(prepared.labels_yx(ref), labels[k])
        assert ref.labels == tuple(np.unique(labels[k][labels[k] > 0]).tolist())
        window = choose_window(volume, preset)
        assert np.array_equal(prepared.image_yx(ref), window.apply(volume.slice_yx(k)))


def test_the_number_of_workers_changes_no_byte(a_folder_of_pairs, tmp_path):
    for workers in (1, 2):
        prepare_set([a_folder_of_pairs], tmp_path / str(workers), KEPT, workers=workers)
    assert all_bytes(tmp_path / "1") == all_bytes(tmp_path / "2")


def test_a_second_run_does_nothing_again_and_changes_no_byte(a_folder_of_pairs, tmp_path):
    first = prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "arrays").rglob("*.npy")}
    written = all_bytes(tmp_path / "out")
    second = prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    assert (first.made, first.kept, second.made, second.kept) == (6, 0, 0, 6)
    assert all_bytes(tmp_path / "out") == written
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_what_changed_and_only_that_is_done_again(a_folder_of_pairs, tmp_path, write_volume):
    prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    mask = np.zeros((5, 24, 20), np.uint8)
    mask[2, 5:9, 5:9] = 7
    write_volume(a_folder_of_pairs / "masks" / "case_3.nii.gz", mask)
    (tmp_path / "out" / "arrays" / "organs" / "case_5.image.npy").unlink()
    again = prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    assert (again.made, again.kept) == (2, 4)
    assert PreparedSet.open(tmp_path / "out").case("organs/case_3").slice_numbers == (2,)


def test_another_split_makes_no_array_again(a_folder_of_pairs, tmp_path):
    prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)
    other = dataclasses.replace(KEPT, split=SplitRule.parse("0/0/1"))
    assert prepare_set([a_folder_of_pairs], tmp_path / "out", other, workers=1).made == 0
    assert {case.split for case in PreparedSet.open(tmp_path / "out").cases} == {"test"}


def test_a_run_that_is_killed_goes_on_and_ends_with_the_same_bytes(a_folder_of_pairs, tmp_path):
    for delay in (0.0, 0.05):
        out = tmp_path / f"killed_{delay}"
        command = [sys.executable, "-m", "medsam_training.cli", "prepare", str(a_folder_of_pairs)]
        command += ["--out", str(out), "--workers", "1", "--min-voxels", "0", "--min-pixels", "0"]
        run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while run.poll() is None and not list(out.rglob("*.npy")):
            time.sleep(0.002)
        time.sleep(delay)
        if run.poll() is None:
            os.kill(run.pid, signal.SIGKILL)
        run.wait()
        prepare_set([a_folder_of_pairs], out, KEPT, workers=1)
        whole = tmp_path / "whole"
        prepare_set([a_folder_of_pairs], whole, KEPT, workers=1)
        finished = {n: b for n, b in all_bytes(out).items() if ".tmp-" not in n and n != "contact_sheet.png"}
        assert finished == all_bytes(whole)


def test_one_corrupt_file_among_many_is_left_out_and_told(tmp_path, write_picture):
    folder = tmp_path / "many"
    picture, mask = np.full((16, 16), 9, np.uint8), np.eye(16, dtype=np.uint8)
    for number in range(130):
        picture[0, 0], picture[0, 1] = number, 200
        write_picture(folder / "images" / f"{number:03}.png", picture)
        write_picture(folder / "masks" / f"{number:03}.png", mask)
    broken = folder / "images" / "077.png"
    broken.write_bytes(broken.read_bytes()[:50])
    (folder / "masks" / "099.png").write_bytes(b"")
    write_picture(folder / "masks" / "111.png", np.zeros((16, 16), np.uint8))
    write_picture(folder / "masks" / "122.png", np.ones((16, 17), np.uint8))
    prepare_set([folder], tmp_path / "out", KEPT, workers=1)
    prepared = PreparedSet.open(tmp_path / "out")
    assert len(prepared.cases) == 126
    told = {case.id: case.problem for case in prepared.dropped}
    assert told.keys() == {"many/077", "many/099", "many/111", "many/122"}
    assert "077.png" in told["many/077"] and "099.png" in told["many/099"]
    assert "111.png: its mask is empty" in told["many/111"]
    assert "it has 17 x 16 x 1 voxels, the image 16 x 16 x 1" in told["many/122"]
    assert all("\n" not in problem for problem in told.values())


def test_nothing_left_is_an_error_that_names_the_first_reason(a_folder_of_pairs, tmp_path):
    for path in (a_folder_of_pairs / "masks").iterdir():
        path.write_bytes(b"nothing")
    with pytest.raises(SourceError, match=r"none of the 6 cases can be used; the first: .*case_0"):
        prepare_set([a_folder_of_pairs], tmp_path / "new" / "out", KEPT, workers=1)
    assert not (tmp_path / "new").exists()


def test_no_manifest_stands_over_arrays_that_are_being_changed(a_folder_of_pairs, tmp_path):
    prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1)

    def stop(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_set([a_folder_of_pairs], tmp_path / "out", KEPT, workers=1, force=True, progress=stop)
    with pytest.raises(PreparedSetError, match="not finished"):
        PreparedSet.open(tmp_path / "out")


def test_an_unknown_label_leaves_its_case_out(a_folder_of_pairs, tmp_path):
    options = dataclasses.replace(KEPT, labels=LabelRules.parse("1=liver"))
    with pytest.raises(SourceError, match="holds label 2, the labels are 1 liver"):
        prepare_set([a_folder_of_pairs], tmp_path / "out", options, workers=1)
    options = dataclasses.replace(KEPT, labels=LabelRules.parse("1=liver", remove=["2"]))
    prepare_set([a_folder_of_pairs], tmp_path / "out", options, workers=1)
    assert PreparedSet.open(tmp_path / "out").label_names() == ("liver",)


def _list(tmp_path: Path, folder: Path, rows: list[dict]) -> Path:
    full = [
        {
            "image": str(folder / "images" / f"case_{n}.nii.gz"),
            "mask": str(folder / "masks" / f"case_{n}.nii.gz"),
        }
        | row
        for n, row in enumerate(rows)
    ]
    (tmp_path / "list.json").write_text(json.dumps(full))
    return tmp_path / "list.json"


def test_a_patient_in_two_splits_ends_the_run_before_any_work(a_folder_of_pairs, tmp_path):
    rows = [{"group": "Meyer", "split": "train"}, {"group": "Meyer", "split": "test"}]
    with pytest.raises(LeakError, match=r"group Meyer: is in train .* and in test"):
        prepare_set([_list(tmp_path, a_folder_of_pairs, rows)], tmp_path / "out", KEPT, workers=1)
    assert not (tmp_path / "out").exists()


def test_one_image_in_two_splits_ends_the_run_unless_it_may_be_dropped(
    a_folder_of_pairs, tmp_path, write_volume
):
    image = read_volume(a_folder_of_pairs / "images" / "case_0.nii.gz").array_kji
    write_volume(a_folder_of_pairs / "images" / "case_1.nii.gz", np.array(image))
    rows = [{"split": "train"}, {"split": "test"}, {"split": "val"}]
    source = _list(tmp_path, a_folder_of_pairs, rows)
    with pytest.raises(LeakError, match="case_0: is in train and shows what list/case_1 in test shows"):
        prepare_set([source], tmp_path / "out", KEPT, workers=1)
    dropping = dataclasses.replace(KEPT, drop_duplicates=True)
    prepare_set([source], tmp_path / "out", dropping, workers=1)
    prepared = PreparedSet.open(tmp_path / "out")
    assert [case.id for case in prepared.cases] == ["list/case_1", "list/case_2"]
    assert [case.id for case in prepared.dropped] == ["list/case_0"]


def test_a_file_of_splits_may_name_a_case_that_cannot_be_read(a_folder_of_pairs, tmp_path):
    (a_folder_of_pairs / "images" / "case_2.nii.gz").write_bytes(b"nothing")
    (tmp_path / "splits.json").write_text(json.dumps({"test": ["organs/case_1", "organs/case_2"]}))
    options = dataclasses.replace(KEPT, split=SplitRule.parse(str(tmp_path / "splits.json")))
    prepare_set([a_folder_of_pairs], tmp_path / "out", options, workers=1)
    assert PreparedSet.open(tmp_path / "out").case("organs/case_1").split == "test"
    (tmp_path / "splits.json").write_text(json.dumps({"test": ["organs/case_9"]}))
    options = dataclasses.replace(KEPT, split=SplitRule.parse(str(tmp_path / "splits.json")))
    with pytest.raises(SourceError, match=r"1 cases that are not there .organs/case_9"):
        prepare_set([a_folder_of_pairs], tmp_path / "out", options, workers=1)


def test_a_folder_with_other_files_is_left_alone(a_folder_of_pairs, tmp_path):
    with pytest.raises(OutputError, match="holds other files"):
        prepare_set([a_folder_of_pairs], a_folder_of_pairs, KEPT, workers=1)
    assert sorted(p.name for p in a_folder_of_pairs.iterdir()) == ["images", "masks"]


def test_real_volumes_of_every_kind_come_through(data_root, tmp_path):
    """One case of each real set in 3D: CT, MR, DICOM, oblique, flipped and permuted axes, NRRD."""
    wanted = (
        "prostate_mr/prostatex_0000",
        "spinal_cord_mr/t2_cord",
        "totalseg_ct/ct_abdomen",
        "totalseg_ct_dicom/ct_abdomen_dicom",
        "totalseg_mr/mr_abdomen",
        "brain_tumour_mr/brain1",
    )
    items = json.loads((data_root / "manifest.json").read_text(encoding="utf-8"))["items"]
    rows = [row for row in items if f"{row['set']}/{row['case']}" in wanted]
    listed = [
        {
            "image": str(data_root / r["image"]),
            "mask": str(data_root / r["mask"]),
            "id": f"{r['set']}/{r['case']}",
        }
        for r in rows
    ]
    (tmp_path / "list.json").write_text(json.dumps(listed))
    prepare_set([tmp_path / "list.json"], tmp_path / "out", KEPT, workers=1)
    prepared = PreparedSet.open(tmp_path / "out")
    assert {case.id for case in prepared.cases} == set(wanted)
    by_id = {f"{row['set']}/{row['case']}": row for row in rows}
    for case in prepared.cases:
        truth = np.concatenate(
            [prepared.labels_yx(ref).ravel() for ref in prepared.slices(case.split) if ref.case_id == case.id]
        )
        numbers, counts = np.unique(truth[truth > 0], return_counts=True)
        found = {str(n): c for n, c in zip(numbers.tolist(), counts.tolist(), strict=True)}
        assert found == by_id[case.id]["label_counts"]
        assert case.spacing_mm == pytest.approx(by_id[case.id]["spacing_mm"], abs=1e-3)


def test_each_channel_of_a_4d_image_is_a_case_of_one_patient(tmp_path, write_volume):
    import SimpleITK as sitk

    folder = tmp_path / "Task01"
    channels = [np.random.default_rng(n).integers(0, 999, (3, 8, 7)).astype(np.int16) for n in range(2)]
    (folder / "imagesTr").mkdir(parents=True)
    series = sitk.JoinSeries([sitk.GetImageFromArray(channel) for channel in channels])
    sitk.WriteImage(series, str(folder / "imagesTr" / "b.nii.gz"))
    mask = np.zeros((3, 8, 7), np.uint8)
    mask[1, 2:5, 2:5] = 1
    write_volume(folder / "labelsTr" / "b.nii.gz", mask, spacing=(1.0, 1.0, 1.0))
    described = {
        "modality": {"0": "FLAIR", "1": "T1w"},
        "labels": {"0": "background", "1": "edema"},
        "training": [{"image": "./imagesTr/b.nii.gz", "label": "./labelsTr/b.nii.gz"}],
    }
    (folder / "dataset.json").write_text(json.dumps(described))
    prepare_set([folder], tmp_path / "out", KEPT, workers=1)
    prepared = PreparedSet.open(tmp_path / "out")
    assert [case.id for case in prepared.cases] == ["Task01/b_FLAIR", "Task01/b_T1w"]
    assert len({case.group for case in prepared.cases}) == len({case.split for case in prepared.cases}) == 1
    for case, channel in zip(prepared.cases, channels, strict=True):
        assert case.labels == {1: "edema"} and case.slice_numbers == (1,)
        volume = read_volume(case.sources["image"], frame=case.id.endswith("T1w") + 0)
        assert np.array_equal(volume.array_kji, channel)
        image = prepared.image_yx(prepared.slices(case.split)[prepared.cases.index(case)])
        assert np.array_equal(image, choose_window(volume, "mr").apply(channel[1]))
