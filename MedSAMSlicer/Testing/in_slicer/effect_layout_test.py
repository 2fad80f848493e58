"""The slice views come and go."""

from __future__ import annotations

import slicer
from effect_walk import EffectWalk
from hand import Mouse, wait


class LayoutTest(EffectWalk):
    """The slice views come and go."""

    def test_layouts_come_and_go_and_a_lightbox_is_refused(self) -> None:
        layout = slicer.app.layoutManager()
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
        wait(0.2)
        self.assertEqual(len(self.work.panes()), 1)
        self.box(Mouse("Red"))
        layout.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
        wait(0.2)
        self.assertEqual(len(self.work.panes()), 3)
        self.red.node.SetLayoutGrid(2, 2)
        wait(0.2)
        if self.red.node.GetLayoutGridRows() > 1:
            self.assertIsNone(self.red_pane.place)
            self.assertIn("lightbox", self.desk.button("MedSAMHint").text)
            self.red.node.SetLayoutGrid(1, 1)
            wait(0.2)
        self.assertIsNotNone(self.red_pane.place)

    def test_switching_off_leaves_no_actor_and_gives_the_keys_back(self) -> None:
        window = slicer.util.mainWindow()
        escape = lambda: [  # noqa: E731
            one for one in window.findChildren("QShortcut") if one.key.toString() == "Esc" and one.enabled
        ]
        self.assertEqual(len(escape()), 1, "ours alone")
        renderer = self.red.widget.sliceView().renderWindow().GetRenderers().GetItemAsObject(0)
        self.box()
        on = renderer.GetViewProps().GetNumberOfItems()
        self.desk.editor.setActiveEffect(None)
        wait(0.1)
        self.assertLess(renderer.GetViewProps().GetNumberOfItems(), on)
        self.assertEqual(len(escape()), 1, "the editor's")
        self.desk.switch_on()
        self.assertIsNotNone(self.work.bench.session.marked, "what was marked is there again")
