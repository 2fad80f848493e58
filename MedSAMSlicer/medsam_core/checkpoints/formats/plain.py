"""Weights that have segment-anything's names already."""

from __future__ import annotations

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate, listed

_NOT_WEIGHTS = ("pixel_mean", "pixel_std")
_NOT_USED = ("image_encoder.head.", "image_encoder.norm_head.")


def plain_tensors(candidate: Candidate) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """Leave out what SAM's networks carry and ours do not use.

    That is the picture's mean and standard deviation, which are our preset's business, and the
    classification head that MobileSAM's encoder was trained with.

    Returns:
        The weights, and the candidate's notes with one more if something was left out.
    """
    kept, dropped = {}, []
    for name, tensor in candidate.tensors.items():
        if name in _NOT_WEIGHTS or name.startswith(_NOT_USED):
            dropped.append(name)
        else:
            kept[name] = tensor
    unused = [name for name in dropped if name not in _NOT_WEIGHTS]
    notes = candidate.notes
    if unused:
        notes += (f"left out what segmentation does not use: {listed(unused)}",)
    return kept, notes
