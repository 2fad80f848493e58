"""Tables that a spreadsheet opens and nothing in them runs."""

from __future__ import annotations

import csv

import pytest

from medsam_training.evaluate.result_files import _write_csv


def read(path):
    return list(csv.DictReader(path.open(encoding="utf-8", newline="")))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_formula_in_a_name_is_text(row, tmp_path, name):
    _write_csv(tmp_path / "a.csv", [row(label=name)])
    assert read(tmp_path / "a.csv")[0]["label"] == f"'{name}"


def test_commas_quotes_and_letters_of_any_kind_survive(row, tmp_path):
    name = 'Leber, "links" – 肝'
    _write_csv(tmp_path / "a.csv", [row(label=name)])
    assert read(tmp_path / "a.csv")[0]["label"] == name


def test_what_was_not_measured_is_an_empty_cell(row, tmp_path):
    _write_csv(tmp_path / "a.csv", [row(nsd=None, hd95=None)])
    (line,) = read(tmp_path / "a.csv")
    assert (line["nsd"], line["hd95"], line["slice"], line["score"]) == ("", "", "", "")
