"""Segmenting in a scene from Python: in Slicer's console, in a notebook, on a server."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache as cached
from typing import TYPE_CHECKING

from medsam_core.errors import PromptError
from medsam_core.journal_entry import Option
from medsam_core.journal_file import write_journal
from medsam_core.mrml.editor_writer import EditorWriter
from medsam_core.mrml.journal_source import journal_from
from medsam_core.mrml.loaded_models import LoadedModels, NameOrPath
from medsam_core.mrml.prompt_nodes import prompts_from
from medsam_core.mrml.registration import registration_matrix
from medsam_core.mrml.replay_plan import ReplayPlan
from medsam_core.mrml.replayed_journal import model_named_by
from medsam_core.mrml.result_target import ResultTarget
from medsam_core.mrml.segment_plan import Cancel, Plan, Progress, SegmentPlan
from medsam_core.mrml.slice_view_grid import grid_of_view
from medsam_core.mrml.volume_snapshot import VolumeSnapshot
from medsam_core.mrml.writers import Writers
from medsam_core.prompts_file import write_prompts
from medsam_core.segmentation_result import SegmentationResult
from medsam_core.volume import Volume

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLMarkupsFiducialNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLScene,
        vtkMRMLSegmentationNode,
        vtkMRMLSliceNode,
        vtkMRMLTransformNode,
    )

    from medsam_core.inference.embedding_cache import EmbeddingCache
    from medsam_core.inference.model import Model
    from medsam_core.mrml.journal_source import JournalSource


class MedSAMSlicerLogic:
    """Segments volumes of a scene.

        logic = MedSAMSlicerLogic(scene)     # in Slicer: slicer.util.getModuleLogic("MedSAMSlicer")
        segmentation = logic.segment(volumeNode, roiNode, propagation="track")

    Everything runs where it is called, and returns when it is done. Models, the volume's snapshot and the
    embeddings of its slices are kept: asking again is fast.

    Args:
        scene: of the nodes.
        models: gives models by name or path, as `LoadedModels` does; by default such of its own.
        writers: of the scene's segmentations.
        cache: gives the embeddings to reuse and add to; by default one of its own.

    Attributes:
        scene: holds the nodes.
        lastResult: of the last segmentation: confidences, stops, window, seconds; None before.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        *,
        models: LoadedModels | None = None,
        writers: Writers | None = None,
        cache: Callable[[], EmbeddingCache] | None = None,
    ) -> None:
        self.scene = scene
        self._models = models or LoadedModels()
        self._writers = writers or Writers(scene)
        self._snapshot = VolumeSnapshot()
        self._embeddings = cache or cached(_new_cache)
        self.lastResult: SegmentationResult | None = None

    def segment(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        prompts: object,
        *,
        model: NameOrPath | Model = "demo",
        propagation: str = "roi",
        intensity: str = "auto",
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        segmentName: str | None = None,
        negativePoints: vtkMRMLMarkupsFiducialNode | None = None,
        sliceNode: vtkMRMLSliceNode | None = None,
        protect: bool = False,
        writer: EditorWriter | None = None,
        options: Mapping[str, Option] | None = None,
        device: str = "auto",
        precision: str = "auto",
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> vtkMRMLSegmentationNode:
        """Segment one or more objects.

        Args:
            volumeNode: the image, under any linear transforms; it is not changed.
            prompts: a markups ROI, line or point list, a list of them (one segment each), boxes, `Prompts`,
                or the path of a prompts file; see `prompts_from`.
            model: "demo", a name of ``medsam-slicer models list``, a path, or a loaded model.
            propagation: "roi", "track", "anchors" or "consensus"; see `segment_volume`.
            intensity: an intensity preset, "LOW,HIGH" or "auto".
            segmentationNode: gets the new segments, as one step of undo; a new node by default.
            segmentName: instead of the markup's name.
            negativePoints: points that do not belong to the object.
            sliceNode: work on slices parallel to this view's; by default on the volume's own.
            protect: let no other segment of the node lose a voxel to the new ones.
            writer: of the segmentation, if it is being edited already: it has the history of undo.
            options: of the strategy, by name.
            device, precision: see `load_model`.
            progress: called with (slices done, slices expected at most, what is being done).
            cancel: asked before each slice; True ends the work.

        Returns:
            The segmentation node. Each new segment keeps its prompts as a journal.

        Raises:
            MedSAMError: in one line, what is wrong with what, and what to do. The scene is as before then.
            Cancelled: `cancel` returned True; the scene is as before.
        """
        plan = self.plan(
            volumeNode,
            prompts,
            propagation=propagation,
            intensity=intensity,
            segmentationNode=segmentationNode,
            segmentName=segmentName,
            negativePoints=negativePoints,
            sliceNode=sliceNode,
            protect=protect,
            writer=writer,
            options=options,
        )
        loaded = self._models.get(model, device=device, precision=precision, progress=progress, cancel=cancel)
        return self._done(plan, loaded, progress, cancel)

    def plan(
        self,
        volumeNode: vtkMRMLScalarVolumeNode,
        prompts: object,
        *,
        propagation: str = "roi",
        intensity: str = "auto",
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        segmentName: str | None = None,
        negativePoints: vtkMRMLMarkupsFiducialNode | None = None,
        sliceNode: vtkMRMLSliceNode | None = None,
        protect: bool = False,
        writer: EditorWriter | None = None,
        options: Mapping[str, Option] | None = None,
    ) -> SegmentPlan:
        """What `segment` would do, for those who compute on a thread of their own.

        Args and errors are those of `segment`; the scene is read, and not changed.
        """
        target = ResultTarget(self.scene, self._writers, segmentationNode, writer, protect=protect)
        volume = self._snapshot.of(volumeNode)
        grid = None if sliceNode is None else grid_of_view(sliceNode, volume)[0]
        asked = prompts_from(
            prompts, volume, negative=negativePoints, name=segmentName, propagation=propagation, grid=grid
        )
        return SegmentPlan(target, volumeNode, volume, asked, grid, propagation, intensity, options)

    def replay(
        self,
        journal: JournalSource,
        volumeNode: vtkMRMLScalarVolumeNode,
        *,
        model: NameOrPath | Model | None = None,
        transformNode: vtkMRMLTransformNode | None = None,
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        protect: bool = False,
        device: str = "auto",
        precision: str = "auto",
        progress: Progress | None = None,
        cancel: Cancel | None = None,
    ) -> vtkMRMLSegmentationNode:
        """Make segments again as their journal says: on another volume, or with another model.

        Args:
            journal: a segmentation node (all of its journals), or one segment as (node, segment id); a
                journal, or the file that `exportJournal` wrote. Segments that touched when they were made
                share out their voxels again only if they are replayed together.
            volumeNode: the image; on the one that the journal was made on, with the same model, the segments
                become the same, bit for bit.
            model: by default the journal's own, if its name is one of the catalog.
            transformNode: a registration, from the world of the journal's volume, as it lay when the journal
                was made, to that of `volumeNode`.
            segmentationNode: gets the new segments, as one step of undo; a new node by default.
            protect: let no other segment of the node lose a voxel to the new ones.
            device, precision, progress, cancel: see `segment`.

        Returns:
            The segmentation node.

        Raises:
            MedSAMError: in one line, what is wrong with what, and what to do. The scene is as before then.
            Cancelled: `cancel` returned True; the scene is as before.
        """
        plan = self.planReplay(
            journal,
            volumeNode,
            transformNode=transformNode,
            segmentationNode=segmentationNode,
            protect=protect,
        )
        name = model_named_by(plan.journal) if model is None else model
        loaded = self._models.get(name, device=device, precision=precision, progress=progress, cancel=cancel)
        return self._done(plan, loaded, progress, cancel)

    def planReplay(
        self,
        journal: JournalSource,
        volumeNode: vtkMRMLScalarVolumeNode,
        *,
        transformNode: vtkMRMLTransformNode | None = None,
        segmentationNode: vtkMRMLSegmentationNode | None = None,
        protect: bool = False,
    ) -> ReplayPlan:
        """What `replay` would do; see `plan`."""
        target = ResultTarget(self.scene, self._writers, segmentationNode, protect=protect)
        volume = self._snapshot.of(volumeNode)
        told = journal_from(journal)
        to_volume = None if transformNode is None else registration_matrix(transformNode)
        return ReplayPlan(target, volumeNode, volume, told, to_volume)

    def exportPrompts(
        self,
        segmentationNode: vtkMRMLSegmentationNode,
        segmentId: str,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
    ) -> None:
        """Write the prompts of a segment as a prompts file, for `medsam-slicer segment --prompts`.

        Raises:
            PromptError: the segment has no journal, it is damaged, or its prompts are on slices that a
                prompts file does not have.
            OutputError: the file exists or cannot be written.
        """
        journal = journal_from((segmentationNode, segmentId))
        if any(entry.grid is not None for entry in journal.entries):
            problem = "was prompted on slices other than the volume's own, which a prompts file does not have"
            raise PromptError(f"segment '{segmentId}'", problem, "export its journal instead")
        prompts = journal.prompts()
        # Slicer may count slices the other way than the file does; the patient's millimetres are the same.
        frame = "ijk" if any(segment.masks for segment in prompts.segments) else "ras"
        write_prompts(prompts, path, journal.entries[0].geometry, frame=frame, overwrite=overwrite)

    def exportJournal(
        self,
        segmentationNode: vtkMRMLSegmentationNode,
        segmentId: str,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
    ) -> None:
        """Write the journal of a segment as a JSON file, for `replay`.

        Raises:
            PromptError: the segment has no journal, or it is damaged.
            OutputError: the file exists or cannot be written.
        """
        write_journal(journal_from((segmentationNode, segmentId)), path, overwrite=overwrite)

    def writer(
        self,
        segmentationNode: vtkMRMLSegmentationNode,
        volumeNode: vtkMRMLScalarVolumeNode | None = None,
    ) -> EditorWriter:
        """The one writer of a segmentation: what this logic wrote is undone and redone there."""
        return self._writers.of(segmentationNode, volumeNode)

    def volume(self, volumeNode: vtkMRMLScalarVolumeNode) -> Volume:
        """A snapshot of a volume node; the last one is kept until the node changes.

        Raises:
            VolumeError: see `volume_of`.
        """
        return self._snapshot.of(volumeNode)

    def _done(
        self, plan: Plan, model: Model, progress: Progress | None, cancel: Cancel | None
    ) -> vtkMRMLSegmentationNode:
        self.lastResult = plan.compute(model, self._embeddings(), progress=progress, cancel=cancel)
        return plan.put(self.lastResult, model)


def _new_cache() -> EmbeddingCache:
    from medsam_core.inference.embedding_cache import EmbeddingCache

    return EmbeddingCache()
