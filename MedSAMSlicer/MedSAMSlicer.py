"""The door of the extension: what Slicer loads at its start. Everything else is in MedSAMSlicerLib."""

from __future__ import annotations

import sys
from pathlib import Path

import slicer
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

HOME = Path(__file__).resolve().parent

HELP = """
<p>Segment with MedSAM and other SAM-type models: mark a box or points, and get a mask.
Not for clinical use.</p>
<p><b>In the Segment Editor</b> the effect MedSAM shows the mask while a box is dragged, and carries it
through the volume.</p>
<p><b>Here</b> a model is chosen, and volumes are segmented with an ROI or points, one or many at a time.</p>
<p><b>Install</b> brings PyTorch and a few small packages into Slicer, once.</p>
<p><b>Model</b>: the demo model that comes along, published ones at a click, or a checkpoint dropped here.</p>
<p><b>Image</b> shows a slice as the network sees it, through the intensity preset.</p>
<p><b>Segment</b> uses an ROI, points that belong to the object and points that do not.</p>
<p><b>Replay</b> does again what a segment was made with, on another volume or with another model.</p>
<p><b>Batch</b> segments volumes of the scene, a folder of images or a list of cases.</p>
<p><b>Memory and report</b> clears what was remembered of slices, and copies settings for a bug report.</p>
"""

ACKNOWLEDGEMENT = """
<p>MedSAM: Ma et al., Segment anything in medical images, Nature Communications 2024. Segment Anything:
Kirillov et al., ICCV 2023. The demo case is from pyradiomics; see Resources/DemoCase/README.md.</p>
"""


class MedSAMSlicer(ScriptedLoadableModule):
    """Metadata, and what the panel and the effects of this application share."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = "MedSAM"
        parent.categories = ["Segmentation"]
        parent.dependencies = ["Segmentations", "Markups"]
        parent.contributors = ["The MedSAMSlicer contributors"]
        parent.helpText = HELP
        parent.acknowledgementText = ACKNOWLEDGEMENT
        self._workshop = None
        self._needs = None
        slicer.app.connect("startupCompleted()", self.started)

    @property
    def needs(self):
        """The packages that models need."""
        if self._needs is None:
            from MedSAMSlicerLib.slicer_installers import dependencies_in_slicer

            self._needs = dependencies_in_slicer(HOME / "Resources" / "requirements.txt")
        return self._needs

    @property
    def workshop(self):
        """Model and memory of this application, made when they are first asked for."""
        if self._workshop is None:
            from MedSAMSlicerLib.job_pump import JobPump
            from MedSAMSlicerLib.qt_timer import zero_timer
            from MedSAMSlicerLib.shared_models import SharedModels
            from MedSAMSlicerLib.workshop import Workshop

            self.models = SharedModels()
            self._workshop = Workshop(JobPump(zero_timer), self.needs, self.models)
            slicer.app.connect("aboutToQuit()", self._workshop.close)
        return self._workshop

    def started(self):
        """Slicer's start is complete: the Segment Editor and Sample Data are there."""
        from MedSAMSlicerLib.effect_registration import register_effect
        from MedSAMSlicerLib.sample_data import register_sample_data

        register_effect()
        register_sample_data(HOME / "Resources")


class MedSAMSlicerWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Mounts the panel and tells it what happens to the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None

    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        from MedSAMSlicerLib.panel.module_panel import ModulePanel

        widget = slicer.util.loadUI(self.resourcePath("UI/MedSAMSlicer.ui"))
        widget.setMRMLScene(slicer.mrmlScene)
        self.layout.addWidget(widget)
        self.ui = slicer.util.childWidgetVariables(widget)
        self.logic = MedSAMSlicerLogic()
        module = slicer.modules.MedSAMSlicerInstance
        self.panel = ModulePanel(widget, self.ui, module.workshop, module.needs, self.logic, _notes())
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneReady)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndImportEvent, self.onSceneReady)
        self.usePanelParameters()

    def cleanup(self):
        self.removeObservers()
        if self.panel is not None:
            self.panel.close()
            self.logic.close()

    def enter(self):
        self.usePanelParameters()
        self.panel.enter()

    def exit(self):
        self.panel.exit()

    def onReload(self):
        """The panel's files are read anew too; the workshop, with its model, stays."""
        for name in [name for name in sys.modules if name.startswith("MedSAMSlicerLib.panel.")]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def onSceneStartClose(self, caller=None, event=None):
        self.panel.scene_closes()
        self.logic.close()

    def onSceneReady(self, caller=None, event=None):
        self.usePanelParameters()
        if self.parent.isEntered:
            self.panel.enter()

    def usePanelParameters(self):
        """Show the choices of the scene; choose its first volume if none is chosen."""
        from MedSAMSlicerLib.panel.parameters import PanelParameters

        parameters = PanelParameters(self.logic.getParameterNode())
        if parameters.volume is None:
            parameters.volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        self.panel.use_parameters(parameters)


class MedSAMSlicerLogic(ScriptedLoadableModuleLogic):
    """For Slicer's Python console and for scripts.

        logic = slicer.util.getModuleLogic("MedSAMSlicer")
        segmentation = logic.segment(volumeNode, roiNode, model="demo", propagation="track")

    It is `medsam_core.mrml.logic.MedSAMSlicerLogic` over Slicer's scene: its methods, with their
    documentation, are this one's too (`segment`, `replay`, `plan`, `planReplay`, `exportPrompts`,
    `exportJournal`, `writer`, `volume`, `lastResult`).
    """

    def __init__(self):
        ScriptedLoadableModuleLogic.__init__(self)
        self._engine = None

    @property
    def engine(self):
        """The engine's logic; made when it is first needed.

        Raises:
            DependencyError: packages are missing.
        """
        if self._engine is None:
            from MedSAMSlicerLib.engine_logic import engine_logic

            self._engine = engine_logic(slicer.modules.MedSAMSlicerInstance)
        return self._engine

    def close(self):
        """Let go of what belongs to a scene that closes, or to an application that ends."""
        self._engine = None

    def segment(self, volumeNode, prompts, **options):
        """Segment one or more objects; see `medsam_core.mrml.logic.MedSAMSlicerLogic.segment`.

        Args:
            volumeNode: the image.
            prompts: a markups ROI, line or point list, a list of them, boxes, or a prompts file.
            options: model, propagation, intensity, segmentationNode, progress, cancel and more.

        Returns:
            A vtkMRMLSegmentationNode.
        """
        return self.engine.segment(volumeNode, prompts, **options)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.engine, name)


class MedSAMSlicerTest(ScriptedLoadableModuleTest):
    """Runs the in-app tests of Testing/in_slicer."""

    def runTest(self, **kwargs):
        folder = str(HOME / "Testing" / "in_slicer")
        if folder not in sys.path:
            sys.path.append(folder)
        import run_all

        run_all.check(run_all.run())


def _notes():
    """What a user should know of the installation."""
    from MedSAMSlicerLib.package_notes import shadow_of
    from MedSAMSlicerLib.required_packages import installed_version

    return tuple(filter(None, [shadow_of("medsam_core", HOME, "medsam-slicer", installed_version)]))
