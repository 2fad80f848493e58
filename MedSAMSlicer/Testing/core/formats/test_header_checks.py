"""What a header claims is believed only within reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from medsam_core.errors import VolumeError
from medsam_core.formats.header_checks import check_claim, check_memory, unpacked_limit

FILE = Path("a.nii")


def test_a_claim_may_be_as_large_as_the_file_and_no_larger() -> None:
    check_claim(FILE, (10, 10), 2, 200)
    with pytest.raises(VolumeError, match="claims 10 x 10 values"):
        check_claim(FILE, (10, 10), 2, 199)


def test_a_packed_file_may_hold_a_thousand_times_its_size() -> None:
    assert unpacked_limit(1000, compressed=False) == 1000
    assert unpacked_limit(1000, compressed=True) >= 1_032_000


@pytest.mark.parametrize("shape", [(), (0,), (5, 0, 5), (5, -5)])
def test_axes_without_values_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(VolumeError, match="its header gives it"):
        check_claim(FILE, shape, 1, 10**9)


def test_terabytes_are_refused() -> None:
    assert check_memory(FILE, (10, 10, 10), 4) == 4000
    with pytest.raises(VolumeError, match=r"too large: 30000 x 30000 x 30000 values are 50291\.4 GiB"):
        check_memory(FILE, (30000, 30000, 30000), 2)
