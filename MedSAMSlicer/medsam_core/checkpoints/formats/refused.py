"""Networks that we recognise and cannot run: each is refused by its name, with what would work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from medsam_core.checkpoints.candidate import Candidate
from medsam_core.checkpoints.formats.format import Conversion
from medsam_core.errors import CheckpointError

_SAM_TYPE = "give a SAM-type checkpoint: SAM, MedSAM, LiteMedSAM, MobileSAM, finetune-SAM, SAMed or micro-sam"


@dataclass(frozen=True)
class Refused:
    """One of them.

    Attributes:
        name: what it is called.
        is_it: whether a file is one.
        what: what it is, as the rest of a sentence about the file.
        remedy: what to do.
    """

    name: str
    is_it: Callable[[Candidate], bool]
    what: str
    remedy: str = _SAM_TYPE

    def recognises(self, candidate: Candidate) -> bool:
        """Whether the file is one."""
        return self.is_it(candidate)

    def convert(self, candidate: Candidate, base: Mapping[str, Tensor] | None) -> Conversion:
        """Refuse it."""
        raise CheckpointError(candidate.path, self.what, self.remedy)


def _has(*patterns: str) -> Callable[[Candidate], bool]:
    """All of the patterns are found among the names of the weights."""
    return lambda candidate: all(candidate.has(pattern) for pattern in patterns)


def _is_medical_sam_adapter(candidate: Candidate) -> bool:
    """Its adapters are named as finetune-SAM's are, so the wrapper tells them apart."""
    if candidate.has(r"^image_encoder\..*\.qkv\.lora_[AB]$|^image_encoder\..*\.lora_[AB]$"):
        return True
    wrapped = candidate.wrapper == "state_dict" and {"epoch", "model", "optimizer"} <= candidate.beside
    return wrapped and candidate.has(r"^image_encoder\..*\.(Space|MLP)_Adapter\.")


def _is_volumetric(candidate: Candidate) -> bool:
    return len(candidate.shape("image_encoder.patch_embed.proj.weight")) == 5


LOOK_ALIKES: tuple[Refused, ...] = (
    Refused(
        "Medical-SAM-Adapter",
        _is_medical_sam_adapter,
        "is a Medical-SAM-Adapter checkpoint, whose adapters are not ours",
        "train the adapters with finetune-SAM or medsam-train",
    ),
    Refused(
        "MA-SAM",
        _has(r"^[qv]_FacTs_\d"),
        "is an MA-SAM difference (FacT, three-dimensional adapters), which is not read",
    ),
    Refused(
        "SAM 3",
        _has(r"^(detector|detector_model)\.", r"^(tracker|tracker_model)\."),
        "is a SAM 3 checkpoint, another network than SAM",
    ),
    Refused(
        "SAM 2",
        _has(r"^(image_encoder\.trunk|vision_encoder\.backbone|memory_attention|sam_mask_decoder)\."),
        "is a SAM 2 (or MedSAM2) checkpoint, another network than SAM",
    ),
    Refused(
        "SAM-HQ",
        _has(r"^mask_decoder\.(hf_token|compress_vit_feat|hq_token|compress_vit_conv1)\."),
        "is a SAM-HQ checkpoint, whose decoder has parts that SAM's has not",
    ),
    Refused(
        "SAM-Med3D",
        _is_volumetric,
        "is a three-dimensional SAM (SAM-Med3D), which is another network than SAM",
    ),
    Refused(
        "EfficientViT-SAM",
        _has(r"^image_encoder\.backbone\."),
        "is an EfficientViT-SAM checkpoint, whose encoder is not read",
    ),
    Refused(
        "EfficientSAM",
        _has(r"^mask_decoder\.final_output_upscaling_layers\."),
        "is an EfficientSAM checkpoint, another network than SAM",
    ),
    Refused(
        "RepViT-SAM",
        _has(r"^image_encoder\.(stem|features|stages|stage1)\.", r"^mask_decoder\."),
        "is a SAM with a RepViT encoder (EdgeSAM, RepViT-SAM), whose encoder is not read",
    ),
)
"""Asked before the formats that we read: they share some names with SAM."""

OTHERS: tuple[Refused, ...] = (
    Refused(
        "nnU-Net",
        _has(r"^(encoder|decoder\.encoder)\.stages\.\d", r"^decoder\.(seg_layers|stages)\."),
        "is an nnU-Net (or nnInteractive) network, which is not a SAM",
        "run it with nnU-Net, or give a SAM-type checkpoint",
    ),
    Refused(
        "SAM image encoder",
        _has(r"^(image_encoder\.)?(blocks\.0\.attn\.rel_pos_h|layers\.0\.blocks\.0\.conv1\.c\.weight)$"),
        "has a SAM image encoder only, without the prompt encoder and the mask decoder",
        "give the whole network's checkpoint",
    ),
    Refused(
        "vision transformer",
        _has(r"(^|\.)(cls_token|class_token)$"),
        "is a vision transformer for classification (or DINO, CLIP), which does not segment",
    ),
    Refused(
        "residual network",
        _has(r"(^|\.)layer1\.0\.conv1\.weight$", r"(^|\.)layer4\.\d+\.conv1\.weight$"),
        "is a residual network (ResNet), which takes no prompts",
    ),
    Refused(
        "U-Net",
        _has(r"(^|\.)(inc\.double_conv|down1\.|submodule\.|downs?\.0\.|up_transpose|bottleneck\.)"),
        "is a U-Net, which takes no prompts",
    ),
)
"""Asked last, of files that no format claims."""
