"""Makes the effect known to the Segment Editors of the application.

The module's door calls `register_effect` once, after ``slicer.app.startupCompleted()``. From then on Slicer
makes an effect for each Segment Editor widget, from the file's path alone; so each takes the workshop from
the module's object: ``slicer.modules.MedSAMSlicerInstance.workshop``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import slicer

import MedSAMSlicerLib

if TYPE_CHECKING:
    from MedSAMSlicerLib.workshop import Workshop

SOURCE = Path(__file__).with_name("SegmentEditorEffect.py")


def register_effect() -> None:
    """Put the effect among those of every Segment Editor, those that are open too."""
    new_effect().self().register()


def new_effect() -> slicer.qSlicerSegmentEditorAbstractEffect:
    """An effect that belongs to no Segment Editor yet."""
    import qSlicerSegmentationsEditorEffectsPythonQt as effects

    from MedSAMSlicerLib.SegmentEditorEffect import SegmentEditorEffect

    # Slicer takes the class from the package that the file lies in; without it, it would run the file anew as
    # if it were the package itself.
    MedSAMSlicerLib.SegmentEditorEffect = SegmentEditorEffect
    effect = effects.qSlicerSegmentEditorScriptedEffect(None)
    effect.setPythonSource(SOURCE.as_posix())
    return effect


def shared_workshop() -> Workshop:
    """The one workshop of the application."""
    return slicer.modules.MedSAMSlicerInstance.workshop
