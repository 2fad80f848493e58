"""MedSAM and other SAM-type models on medical images: the engine, without a user interface.

    import medsam_core as medsam

    model = medsam.load_model("demo")
    volume = medsam.read_volume("ct.nii.gz")
    prompts = medsam.Prompts.from_boxes([medsam.Box((90, 120, 40), (160, 200, 60))])
    result = medsam.segment_volume(volume, prompts, model)
    medsam.write_segmentation(result, "kidney.seg.nrrd")

Names are loaded when they are first used: importing this package does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from medsam_core.batch import BatchSummary, Case, read_cases, run_batch
    from medsam_core.errors import MedSAMError
    from medsam_core.geometry import Geometry
    from medsam_core.inference.load import load_model
    from medsam_core.inference.model import Model
    from medsam_core.inference.predictor import Prediction, Predictor
    from medsam_core.journal_file import read_journal, write_journal
    from medsam_core.journal_replay import replay
    from medsam_core.mask_prompt import MaskPrompt
    from medsam_core.prompt_journal import PromptJournal
    from medsam_core.prompts import Box, Point, Prompts, SegmentPrompt
    from medsam_core.prompts_file import read_prompts, write_prompts
    from medsam_core.segment import segment_volume
    from medsam_core.segmentation_result import SegmentationResult
    from medsam_core.segmentation_writer import write_segmentation
    from medsam_core.slice_grid import SliceGrid
    from medsam_core.volume import Volume
    from medsam_core.volume_reader import read_volume

_HOMES = {
    "BatchSummary": "batch",
    "Box": "prompts",
    "Case": "batch",
    "Geometry": "geometry",
    "MaskPrompt": "mask_prompt",
    "MedSAMError": "errors",
    "Model": "inference.model",
    "Point": "prompts",
    "Prediction": "inference.predictor",
    "Predictor": "inference.predictor",
    "PromptJournal": "prompt_journal",
    "Prompts": "prompts",
    "SegmentPrompt": "prompts",
    "SegmentationResult": "segmentation_result",
    "SliceGrid": "slice_grid",
    "Volume": "volume",
    "load_model": "inference.load",
    "read_cases": "batch",
    "read_journal": "journal_file",
    "read_prompts": "prompts_file",
    "read_volume": "volume_reader",
    "replay": "journal_replay",
    "run_batch": "batch",
    "segment_volume": "segment",
    "write_journal": "journal_file",
    "write_prompts": "prompts_file",
    "write_segmentation": "segmentation_writer",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from medsam_core.version import VERSION

        return VERSION
    if name not in _HOMES:
        raise AttributeError(f"module 'medsam_core' has no attribute '{name}'")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
