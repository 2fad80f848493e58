"""An error is one line: what, what is wrong, what to do."""

from __future__ import annotations

import pickle

from medsam_core.errors import MedSAMError, VolumeError


def test_an_error_is_one_line_whatever_it_was_made_of() -> None:
    error = VolumeError("a\nfile.nii", "has\n  two lines", "mend\tit")
    assert str(error) == "a file.nii: has two lines; mend it"
    assert isinstance(error, MedSAMError)


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(VolumeError("a", "b", "c")))
    assert (error.subject, error.problem, error.remedy) == ("a", "b", "c")


def test_what_a_file_says_steers_no_terminal() -> None:
    assert (
        str(VolumeError("a\x1b[31m\x07.nii", "is '\u202e肝 é'", "mend it"))
        == "a [31m .nii: is ' 肝 é'; mend it"
    )
