"""What effects and panel share: the real demo model, loaded beside the application."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from medsam_core.errors import IntensityError
from MedSAMSlicerLib.model_choice import ModelChoice
from MedSAMSlicerLib.workshop import ModelPhase
from testkit.effect_at_work import Shop

LIBRARY = Path(__file__).resolve().parents[2]


def test_a_model_is_loaded_when_it_is_needed_and_not_before(a_shop: Shop) -> None:
    shop = a_shop.workshop
    assert shop.phase is ModelPhase.CHOSEN and "first used" in shop.sentence
    told: list[ModelPhase] = []
    end = shop.observe(lambda: told.append(shop.phase))
    shop.need_model()
    assert shop.phase is ModelPhase.LOADING and shop.model is None
    a_shop.settle()
    assert shop.phase is ModelPhase.READY and shop.sentence == f"Ready - {shop.model.name} model on CPU"
    assert told == [ModelPhase.LOADING, ModelPhase.READY]
    end()
    shop.clear_cache()
    assert len(told) == 2


def test_choosing_another_model_loads_it_at_once_if_one_was_in_use(a_shop: Shop) -> None:
    shop = a_shop.workshop
    shop.choose(ModelChoice("demo", "cpu", "fp32"))
    assert shop.phase is ModelPhase.CHOSEN
    shop.need_model()
    a_shop.settle()
    first = shop.model
    shop.choose(ModelChoice("demo", "auto", "fp32"))
    assert shop.model is None and shop.phase is ModelPhase.LOADING
    a_shop.settle()
    shop.choose(ModelChoice("demo", "cpu", "fp32"))
    a_shop.settle()
    assert shop.model is first, "models used before are kept"


def test_a_choice_made_while_loading_is_the_one_that_counts(a_shop: Shop) -> None:
    shop = a_shop.workshop
    shop.need_model()
    shop.choose(ModelChoice("no such model"))
    a_shop.settle()
    assert shop.phase is ModelPhase.FAILED
    assert shop.sentence.startswith("no such model: there is no such file")
    shop.choose(ModelChoice())
    a_shop.settle()
    assert shop.phase is ModelPhase.READY


def test_a_model_that_fails_is_told_and_can_be_tried_again() -> None:
    errors = [RuntimeError("the file\nis torn")]

    def load(choice: ModelChoice, progress: object, cancel: object) -> object:
        if errors:
            raise errors.pop()
        return SimpleNamespace(name="stub", placement=SimpleNamespace(device="cuda:1"))

    shop = Shop(load=load)
    shop.workshop.need_model()
    shop.settle()
    assert "RuntimeError the file is torn" in shop.workshop.sentence
    shop.workshop.need_model()
    assert shop.workshop.phase is ModelPhase.FAILED, "it is not tried again and again"
    shop.workshop.retry()
    shop.settle()
    assert shop.workshop.sentence == "Ready - stub model on GPU"
    shop.workshop.close()


def test_progress_of_loading_is_said() -> None:
    seen: list[str] = []

    def load(choice: ModelChoice, progress: object, cancel: object) -> object:
        progress(3, 10, "converting")
        seen.append(shop.workshop.sentence)
        return SimpleNamespace(name="stub", placement=SimpleNamespace(device="cpu"))

    shop = Shop(load=load)
    shop.workshop.need_model()
    shop.settle()
    assert seen == ["Loading the model: converting (30 %) ..."]
    shop.workshop.close()


def test_nothing_is_loaded_while_a_package_is_missing() -> None:
    needs = SimpleNamespace(missing=("torch",), sentence="PyTorch is needed.", install=lambda: None)
    shop = Shop(needs=needs)
    shop.workshop.need_model()
    assert shop.workshop.phase is ModelPhase.MISSING and shop.workshop.sentence == "PyTorch is needed."
    assert not shop.timer.is_on
    needs.missing = ()
    shop.workshop.refresh()
    assert shop.workshop.phase is ModelPhase.CHOSEN
    shop.workshop.close()


def test_an_unknown_intensity_is_refused_and_a_known_one_told(a_shop: Shop) -> None:
    told: list[str] = []
    a_shop.workshop.observe(lambda: told.append(a_shop.workshop.intensity))
    a_shop.workshop.use_intensity("ct-lung")
    a_shop.workshop.use_intensity("ct-lung")
    with pytest.raises(IntensityError):
        a_shop.workshop.use_intensity("moonlight")
    assert told == ["ct-lung"]


def test_the_cache_is_made_when_it_is_needed_and_can_be_cleared(a_shop: Shop) -> None:
    shop = a_shop.workshop
    assert shop.cache_bytes == 0 and shop.cache_stats is None
    assert shop.cache is shop.cache and shop.cache.ram_bytes <= 1 << 30
    shop.clear_cache()
    assert shop.cache_bytes == 0


def test_what_ends_with_the_application_leaves_no_thread_behind() -> None:
    code = (
        "import threading\n"
        "from testkit.effect_at_work import Shop\n"
        "shop = Shop()\n"
        "shop.workshop.need_model()\n"
        "shop.workshop.close()\n"
        "assert not [t for t in threading.enumerate() if t.name == 'medsam-worker']\n"
    )
    given = {"PYTHONPATH": f"{LIBRARY}:{LIBRARY / 'Testing'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, env=given, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
