"""The choice of models."""

from __future__ import annotations

import shutil
from pathlib import Path

from medsam_core.checkpoints import locate_checkpoint
from testkit.viewer_page import ViewerPage


def facts(page: ViewerPage) -> dict[str, str]:
    """What is said of the model in use."""
    return {row["what"]: row["text"] for row in page.state("model_info")}


def test_the_model_in_use_is_described_as_models_info_does_with_where_it_runs(a_page: ViewerPage) -> None:
    assert a_page.text("status") == "Ready – demo model on CPU"
    a_page.part("model-details").locator("summary").click()
    a_page.part("model-fact").first.wait_for()
    told = facts(a_page)
    assert told["name"] == "demo"
    assert len(told["sha256"]) == 64
    assert told["runs on"].startswith("CPU, fp32, by torch.")
    a_page.part("model-details").locator("summary").click()


def test_a_checkpoint_of_the_folders_is_opened_and_answers(
    a_page: ViewerPage, a_folder: Path, the_box: object
) -> None:
    shutil.copy(locate_checkpoint("demo"), a_folder / "ours.safetensors")
    a_page.page.evaluate("window.trame.trigger('browse', ['model'])")
    a_page.part("file").filter(has_text="ours.safetensors").click()
    a_page.wait_until("get('model').endsWith('ours.safetensors') && !get('model_loading')")
    assert a_page.text("status").startswith("Ready")
    assert facts(a_page)["file"].endswith("ours.safetensors")
    a_page.draw(the_box)
    a_page.page.evaluate("window.trame.trigger('choose_model', ['demo'])")
    a_page.wait_until("get('model') === 'demo' && !get('model_loading')")
    a_page.wait_for("confidence", "confidence 0.")


def test_a_file_that_is_no_checkpoint_is_told_and_the_model_stays(a_page: ViewerPage, a_folder: Path) -> None:
    (a_folder / "broken.pth").write_bytes(b"not a checkpoint")
    a_page.page.evaluate("window.trame.trigger('browse', ['model'])")
    a_page.part("file").filter(has_text="broken.pth").click()
    a_page.wait_for("message", "broken.pth")
    assert a_page.state("model") == "demo"
    assert "broken.pth" not in str(a_page.state("models"))
    assert a_page.text("status") == "Ready – demo model on CPU"


def test_no_model_is_loaded_from_elsewhere_whatever_the_page_sends(a_page: ViewerPage) -> None:
    a_page.page.evaluate("window.trame.trigger('choose_model', ['/etc/passwd'])")
    a_page.wait_for("message", "is not offered here")
    a_page.page.evaluate("window.trame.trigger('choose', ['/etc/passwd', false])")
    a_page.wait_for("message", "outside of the folders")
    assert a_page.state("model") == "demo"
