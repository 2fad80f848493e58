"""All in-app tests, in the running Slicer.

    Slicer --testing --additional-module-paths MedSAMSlicer --python-script Testing/in_slicer/run_all.py

As a script it ends Slicer with 0 if all went well, else 1. ``MEDSAM_TESTS="effect panel_replay"`` runs the
files whose names begin so, ``MEDSAM_TEST_PATTERN`` the tests whose names hold it; ``MEDSAM_PICTURES`` names a
folder for pictures of the application. Without PyTorch a stub answers in the model's place, and it is said;
``MEDSAM_STUB=1`` lets it answer though PyTorch is there.
"""

from __future__ import annotations

import os
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def modules() -> list[str]:
    """The files that hold tests: those of the panel first, which find the application as it started."""
    names = sorted(path.stem for path in FOLDER.glob("*_test.py"))
    chosen = tuple(os.environ.get("MEDSAM_TESTS", "").split()) or ("",)
    return sorted(
        (name for name in names if name.startswith(chosen)), key=lambda n: not n.startswith("panel")
    )


def run() -> unittest.TestResult:
    """Run the tests; what they say goes to the console."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    from installed import answering

    loader = unittest.TestLoader()
    pattern = os.environ.get("MEDSAM_TEST_PATTERN", "")
    loader.testNamePatterns = [f"*{pattern}*"] if pattern else None
    suite = unittest.TestSuite(loader.loadTestsFromName(name) for name in modules())
    with answering():
        return unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)


def check(result: unittest.TestResult) -> None:
    """Raise AssertionError if a test failed."""
    if not result.wasSuccessful():
        raise AssertionError(f"{len(result.failures)} tests failed, {len(result.errors)} broke off")


def main() -> None:
    """Run, and end Slicer."""
    import slicer

    code = 1
    try:
        result = run()
        code = 0 if result.wasSuccessful() and result.testsRun else 1
    finally:  # an error of the tests' own must not leave Slicer open
        slicer.util.exit(code)


if __name__ == "__main__":
    main()
