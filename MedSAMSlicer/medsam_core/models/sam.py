"""SAM and everything of its shape: an image encoder, a prompt encoder, a mask decoder."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from medsam_core.models.architecture import PATCH_SIZE, Architecture
from medsam_core.models.mask_decoding import decode_masks
from medsam_core.models.network import PromptTensors
from medsam_core.models.prompt_encoding import encode_prompts, grid_positions
from medsam_core.models.segment_anything_modules import (
    ImageEncoderViT,
    MaskDecoder,
    PromptEncoder,
    TwoWayTransformer,
)

# The decoder of every published member of the family (segment-anything, build_sam.py).
DECODER_DEPTH, DECODER_HEADS, DECODER_MLP_DIM = 2, 8, 2048
IOU_HEAD_DEPTH, IOU_HEAD_DIM = 3, 256
MASK_PROMPT_CHANNELS = 16


class SamNetwork(nn.Module):
    """A promptable network whose state-dict keys are segment-anything's. See `PromptableNetwork`.

    It takes images that are already preprocessed: no pixel mean or standard deviation is in here.

    Attributes:
        architecture: what it was built from.
        image_size: side in pixels of the square input.
        low_resolution: side in pixels of mask logits, four per token of the embedding.
    """

    def __init__(
        self,
        architecture: Architecture,
        image_encoder: nn.Module,
        prompt_encoder: nn.Module,
        mask_decoder: nn.Module,
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.image_size = architecture.image_size
        self.low_resolution = 4 * architecture.grid
        self.image_encoder = image_encoder
        self.prompt_encoder = prompt_encoder
        self.mask_decoder = mask_decoder
        self._grid_pe: Tensor | None = None
        self.register_load_state_dict_post_hook(_forget_positions)

    def encode(self, images: Tensor) -> tuple[Tensor]:
        """Turn (b, 3, image_size, image_size) into one embedding (b, C, g, g).

        Raises:
            ValueError: the images are of another size.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, self.image_size, self.image_size):
            size = self.image_size
            raise ValueError(f"images must be (b, 3, {size}, {size}), not {tuple(images.shape)}")
        return (self.image_encoder(images),)

    def decode(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Turn n prompts into masks; see `PromptableNetwork.decode` for shapes.

        Raises:
            ValueError: the number of images is neither 1 nor n.
        """
        (embedding,) = features
        images, n = embedding.shape[0], prompts.labels.shape[0]
        if images not in (1, n):
            raise ValueError(f"{images} images for {n} prompts: give one image, or one for each prompt")
        wanted = self._wanted_tokens(multimask)
        if _is_inference_on_cpu(embedding) and n > 1:
            parts = [self._decode(*_one(embedding, prompts, index), wanted) for index in range(n)]
            logits, scores = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
            return logits, scores
        return self._decode(embedding, prompts, wanted)

    def _decode(self, embedding: Tensor, prompts: PromptTensors, wanted: slice) -> tuple[Tensor, Tensor]:
        tokens, dense = encode_prompts(self.prompt_encoder, prompts, self.image_size)
        return decode_masks(self.mask_decoder, embedding, self._positions(), tokens, dense, wanted)

    def forward(
        self, images: Tensor, prompts: PromptTensors, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Encode and decode in one call, as data-parallel training needs."""
        return self.decode(self.encode(images), prompts, multimask)

    def _wanted_tokens(self, multimask: bool) -> slice:
        if self.architecture.class_tokens or self.architecture.mask_tokens == 1:
            return slice(0, None)
        return slice(1, None) if multimask else slice(0, 1)

    def _positions(self) -> Tensor:
        if torch.jit.is_tracing():
            return grid_positions(self.prompt_encoder, self.architecture.grid)
        # A million sines and cosines, 10 ms on a CPU: kept until weights, device or type change.
        if self._grid_pe is None:
            with torch.inference_mode(False), torch.no_grad():  # training may use it after inference
                self._grid_pe = grid_positions(self.prompt_encoder, self.architecture.grid)
        return self._grid_pe

    def _apply(self, fn: Any, *args: Any, **kwargs: Any) -> SamNetwork:
        _forget_positions(self)
        return super()._apply(fn, *args, **kwargs)


def _is_inference_on_cpu(embedding: Tensor) -> bool:
    """Where one prompt after another is faster, as its maps then fit in the cache.

    One core, ViT-B, 64 boxes: 5.5 s at once, 5.0 s by eights, 3.0 s one by one; segment-anything 10 s.
    """
    return embedding.device.type == "cpu" and not torch.is_grad_enabled() and not torch.jit.is_tracing()


def _one(embedding: Tensor, prompts: PromptTensors, index: int) -> tuple[Tensor, PromptTensors]:
    """Prompt `index` and its image."""
    part = slice(index, index + 1)
    mine = PromptTensors(*(None if tensor is None else tensor[part] for tensor in prompts))
    return embedding if embedding.shape[0] == 1 else embedding[part], mine


def _forget_positions(network: SamNetwork, _incompatible_keys: Any = None) -> None:
    network._grid_pe = None


def build_vit(architecture: Architecture) -> nn.Module:
    """Build SAM's ViT image encoder."""
    return ImageEncoderViT(
        img_size=architecture.image_size,
        patch_size=PATCH_SIZE,
        embed_dim=architecture.embed_dim,
        depth=architecture.depth,
        num_heads=architecture.num_heads,
        mlp_ratio=(architecture.mlp_dim or 4 * architecture.embed_dim) / architecture.embed_dim,
        out_chans=architecture.out_chans,
        qkv_bias=True,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=architecture.window_size,
        global_attn_indexes=architecture.global_attn_indexes,
    )


def build_prompt_encoder(architecture: Architecture) -> nn.Module:
    """Build SAM's prompt encoder."""
    return PromptEncoder(
        embed_dim=architecture.out_chans,
        image_embedding_size=(architecture.grid, architecture.grid),
        input_image_size=(architecture.image_size, architecture.image_size),
        mask_in_chans=MASK_PROMPT_CHANNELS,
    )


def build_mask_decoder(architecture: Architecture) -> nn.Module:
    """Build SAM's mask decoder."""
    transformer = TwoWayTransformer(
        depth=DECODER_DEPTH,
        embedding_dim=architecture.out_chans,
        num_heads=DECODER_HEADS,
        mlp_dim=DECODER_MLP_DIM,
    )
    return MaskDecoder(
        transformer_dim=architecture.out_chans,
        transformer=transformer,
        num_multimask_outputs=architecture.mask_tokens - 1,
        iou_head_depth=IOU_HEAD_DEPTH,
        iou_head_hidden_dim=IOU_HEAD_DIM,
    )


def build_sam(architecture: Architecture) -> SamNetwork:
    """Build a SAM with a ViT encoder, weights random."""
    return SamNetwork(
        architecture,
        build_vit(architecture),
        build_prompt_encoder(architecture),
        build_mask_decoder(architecture),
    )
