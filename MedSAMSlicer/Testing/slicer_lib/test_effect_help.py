"""The help names every key, and what this is not for."""

from __future__ import annotations

from MedSAMSlicerLib.effect_help import SHORT, help_text


def test_every_key_is_listed_and_the_warning_stands_once() -> None:
    text = help_text("linux")
    for key in ("Ctrl+click", "Enter", "Esc", "N", "Ctrl+Z", "Ctrl+Y"):
        assert f"<b>{key}" in text
    assert text.count("Not for clinical use") == 1


def test_the_folded_help_is_its_first_sentence() -> None:
    assert help_text().startswith(f"<html>{SHORT}<br>")


def test_a_mac_has_its_own_key() -> None:
    assert "Cmd+click" in help_text("darwin") and "Ctrl" not in help_text("darwin").replace("Ctrl+Y", "")
