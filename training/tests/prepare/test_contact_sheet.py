"""The contact sheet shows every set."""

from __future__ import annotations

import numpy as np
from PIL import Image

from medsam_training.prepare.contact_sheet import write_contact_sheet
from medsam_training.prepare.run import prepare_set
from medsam_training.prepared_set import PreparedSet


def _sheet(prepared_folder, path):
    write_contact_sheet(PreparedSet.open(prepared_folder), path)
    return np.asarray(Image.open(path).convert("RGB"))


def test_a_set_of_volumes_is_drawn_in_the_colours_of_its_labels(a_folder_of_pairs, tmp_path, everything_kept):
    prepare_set([a_folder_of_pairs], tmp_path / "out", everything_kept, workers=1)
    sheet = _sheet(tmp_path / "out", tmp_path / "sheet.png")
    orange, blue = (230, 159, 0), (86, 180, 233)
    for colour in (orange, blue):
        assert (np.abs(sheet.astype(int) - colour).max(2) < 12).sum() > 500


def test_names_that_matplotlib_would_take_for_formulas_are_shown(tmp_path, write_picture, everything_kept):
    folder = tmp_path / "$x_{$"
    write_picture(folder / "images" / "$^$.png", np.eye(20, dtype=np.uint8) * 200)
    write_picture(folder / "masks" / "$^$.png", np.eye(20, dtype=np.uint8))
    prepare_set([folder], tmp_path / "out", everything_kept, workers=1)
    assert _sheet(tmp_path / "out", tmp_path / "sheet.png").shape[2] == 3


def test_the_same_set_gives_the_same_picture(a_folder_of_pairs, tmp_path, everything_kept):
    prepare_set([a_folder_of_pairs], tmp_path / "out", everything_kept, workers=1)
    first, second = (_sheet(tmp_path / "out", tmp_path / f"{n}.png") for n in range(2))
    assert np.array_equal(first, second)
