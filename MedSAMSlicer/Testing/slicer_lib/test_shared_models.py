"""One store of models for the workshop's thread and for scripts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.shared_models import SharedModels


def test_the_workshop_and_a_script_get_the_same_model_even_at_once() -> None:
    models = SharedModels()
    choice = ModelChoice("demo", "cpu")
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(models, choice, lambda *_: None, lambda: False)
        other = threads.submit(models.get, "demo", device="cpu")
    assert one.result() is other.result()
    assert models.get(one.result()) is one.result()
