"""All in-app tests, in the running Slicer.

    Slicer --testing --additional-module-paths MedSAMSlicer --python-script Testing/in_slicer/run_all.py

As a script it ends Slicer with 0 if all went well, else 1. With ``MEDSAM_TESTS="panel_test"``
it runs some.
"""

from __future__ import annotations

import os
import sys
import unittest
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODULES = ("panel_test", "effect_test")


def run() -> unittest.TestResult:
    """Run the tests; what they say goes to the console."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    loader = unittest.TestLoader()
    names = os.environ.get("MEDSAM_TESTS", "").split() or MODULES
    suite = unittest.TestSuite(loader.loadTestsFromName(name) for name in names)
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
