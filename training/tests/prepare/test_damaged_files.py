"""Damaged and hostile files end as one line about their case, never as a crash of the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from medsam_core.errors import MedSAMError
from medsam_training.prepare.case_preparer import Job, prepare_case
from medsam_training.prepare.case_source import CaseSource
from medsam_training.prepare.cleaning import CleaningRules
from medsam_training.prepare.options import PrepareOptions
from medsam_training.prepare.sources import find_cases

LABELS = np.zeros((3, 12, 10), np.uint8)
LABELS[1:, 2:8, 2:7] = 2


def _png(folder: Path, write_volume) -> CaseSource:
    Image.fromarray(LABELS[1] * 9).save(folder / "image.png")
    Image.fromarray(LABELS[1]).save(folder / "spoilt.png")
    return CaseSource("a", "s", folder / "image.png", folder / "spoilt.png")


def _nrrd(folder: Path, write_volume) -> CaseSource:
    write_volume(folder / "image.nrrd", LABELS.astype(np.int16))
    write_volume(folder / "spoilt.nrrd", LABELS)
    text = (folder / "spoilt.nrrd").read_bytes()
    named = text.replace(b"\n\n", b"\nSegment0_Name:=x\nSegment0_LabelValue:=2\nSegment0_Layer:=0\n\n", 1)
    (folder / "spoilt.nrrd").write_bytes(named)
    return CaseSource("a", "s", folder / "image.nrrd", folder / "spoilt.nrrd")


def _npz(folder: Path, write_volume) -> CaseSource:
    np.savez_compressed(folder / "spoilt.npz", imgs=LABELS * 9, gts=LABELS, spacing=np.ones(3))
    return find_cases([folder / "spoilt.npz"])[0]


def _npy(folder: Path, write_volume) -> CaseSource:
    for name in ("imgs", "gts"):
        (folder / name).mkdir()
        np.save(folder / name / "spoilt.npy", LABELS[1])
    return find_cases([folder])[0]


@pytest.mark.parametrize("kind", [_png, _nrrd, _npz, _npy])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_and_missing_bytes_never_crash(tmp_path_factory, write_volume, kind, data):
    folder = tmp_path_factory.mktemp("case")
    source = kind(folder, write_volume)
    spoilt = sorted(folder.rglob("spoilt.*"))[0]
    content = bytearray(spoilt.read_bytes())
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)
    ):
        content[place] = value
    spoilt.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    out = folder / "out"
    out.mkdir()
    options = PrepareOptions(cleaning=CleaningRules(0, 0))
    try:
        outcome = prepare_case(Job(source, options, out))
    except MedSAMError as error:
        raise AssertionError(f"the run ended: {error}") from error
    assert outcome.problem is None or ("\n" not in outcome.problem and "; " in outcome.problem)


@pytest.mark.parametrize("name", ["mask.png", "mask.nrrd", "mask.nii.gz", "mask.dcm", "mask.seg.nrrd"])
def test_a_mask_that_is_not_there_is_said_so(tmp_path, name):
    Image.fromarray(LABELS[1]).save(tmp_path / "image.png")
    source = CaseSource("a", "s", tmp_path / "image.png", tmp_path / name)
    outcome = prepare_case(Job(source, PrepareOptions(), tmp_path))
    assert f"{name}: does not exist" in outcome.problem


def test_a_file_that_claims_more_than_it_holds_is_refused_before_memory_is_given(tmp_path):
    header = "NRRD0004\ntype: uchar\ndimension: 3\nsizes: 90000 90000 90000\nencoding: gzip\n\n"
    (tmp_path / "mask.nrrd").write_bytes(header.encode() + b"x" * 100)
    Image.fromarray(LABELS[1]).save(tmp_path / "image.png")
    source = CaseSource("a", "s", tmp_path / "image.png", tmp_path / "mask.nrrd")
    assert "mask.nrrd: " in prepare_case(Job(source, PrepareOptions(), tmp_path)).problem
