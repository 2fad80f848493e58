"""What native libraries print does not reach the user's terminal, and nothing else is lost."""

from __future__ import annotations

import os
import sys

import pytest

from medsam_core.formats.native_stderr import native_stderr_silenced


def test_only_the_block_is_silent_and_errors_pass(capfd: pytest.CaptureFixture) -> None:
    os.write(2, b"before ")
    with pytest.raises(ValueError, match="passes"), native_stderr_silenced():
        os.write(2, b"native noise")
        with native_stderr_silenced():
            os.write(2, b"more noise")
        os.write(2, b"still noise")
        raise ValueError("passes")
    os.write(2, b"after ")
    print("and python", file=sys.stderr)
    assert capfd.readouterr().err == "before after and python\n"


def test_no_descriptors_leak() -> None:
    before = os.dup(0)
    os.close(before)
    for _ in range(50):
        with native_stderr_silenced():
            pass
    after = os.dup(0)
    os.close(after)
    assert after == before
