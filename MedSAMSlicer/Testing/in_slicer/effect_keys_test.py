"""The keys of the effect."""

from __future__ import annotations

import slicer
from effect_walk import EffectWalk


class KeysTest(EffectWalk):
    """The keys of the effect."""

    def test_keys_write_clear_and_undo_as_long_as_the_effect_is_on(self) -> None:
        segment = self.desk.add_segment("organ")
        window = slicer.util.mainWindow()

        def press(name: str) -> None:
            (key,) = [
                one
                for one in window.findChildren("QShortcut")
                if one.enabled and one.key.toString() == name and one not in before
            ]
            key.activated()
            self.desk.settle()

        self.desk.editor.setActiveEffect(None)
        before = window.findChildren("QShortcut")
        self.desk.switch_on()
        self.box()
        press("Return")
        self.assertTrue(self.desk.mask(segment).any())
        press("Ctrl+Z")
        self.assertFalse(self.desk.mask(segment).any())
        self.box()
        press("Esc")
        self.assertIsNone(self.work.bench.session.marked)
        press("N")
        self.assertIn("start one first", self.work.status.text)
