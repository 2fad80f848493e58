"""What of MedSAM's packages this Slicer has, and what answers where PyTorch is not among it."""

from __future__ import annotations

import contextlib
import os
import unittest

import slicer

REAL_NEEDS = slicer.modules.MedSAMSlicerInstance.needs
MISSING = REAL_NEEDS.missing
HAS_TORCH = "torch" not in [one.name for one in MISSING] and not os.environ.get("MEDSAM_STUB")
LACKING = [one.name for one in MISSING if one.name != "torch"]
"""The small packages that are not installed. Without them no session can be: prompts are not even read."""

needs_packages = unittest.skipIf(LACKING, f"not installed: {', '.join(LACKING)}")
needs_torch = unittest.skipUnless(HAS_TORCH, "PyTorch is not installed: no checkpoint can be read")


def answering() -> contextlib.AbstractContextManager:
    """Within, something answers wherever it can; where it is a stub, it is said."""
    if HAS_TORCH:
        return contextlib.nullcontext()
    if LACKING:
        print(f"Not installed: {', '.join(LACKING)}. Tests that need an answer are skipped.", flush=True)
        return contextlib.nullcontext()
    from stub_answers import stub_in_place

    print("PyTorch is not installed: a stub answers in the model's place.", flush=True)
    return stub_in_place(slicer.modules.MedSAMSlicerInstance)
