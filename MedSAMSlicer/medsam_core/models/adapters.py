"""Adapters: small bottlenecks beside the layers of a network that stays as it is.

Names, places, widths and activations are those of the published files (mazurowski-lab/finetune-SAM and
OpenGVLab/SAM-Med2D, both Apache-2.0), so their weights load as they are.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from medsam_core.errors import CheckpointError
from medsam_core.models.architecture import PeftSpec
from medsam_core.models.fused_encoder import FusedEncoder, fuse_attention
from medsam_core.models.pointwise import apply_linear

MLP_ADAPTER_SCALE = 0.5
"""finetune-SAM's factor on what runs in parallel to an MLP."""


class Bottleneck(nn.Module):
    """finetune-SAM's adapter: narrow, GELU, widen; with or without its own skip connection.

    It starts as "no change": the widening layer is zero.
    """

    def __init__(self, width: int, hidden: int, *, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.D_fc1 = nn.Linear(width, hidden)
        self.D_fc2 = nn.Linear(hidden, width)
        nn.init.zeros_(self.D_fc2.weight)
        nn.init.zeros_(self.D_fc2.bias)

    def forward(self, x: Tensor) -> Tensor:
        change = apply_linear(self.D_fc2, functional.gelu(apply_linear(self.D_fc1, x)))
        return x + change if self.skip else change


class ChannelSpatialAdapter(nn.Module):
    """SAM-Med2D's adapter: gate the channels, convolve at half resolution, add, norm."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.channel = nn.Sequential(
            nn.Linear(width, hidden, bias=False),
            nn.ReLU(),
            nn.Linear(hidden, width, bias=False),
            nn.Sigmoid(),
        )
        self.spatial = nn.Sequential(
            nn.Conv2d(width, width, 3, stride=2, padding=1, bias=False),
            nn.ReLU(),
            nn.ConvTranspose2d(width, width, 4, stride=2, padding=1, bias=False),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(b, g, g, c) to the same, g even."""
        narrow = x.to(self.channel[0].weight.dtype)
        gated = self.channel(narrow.mean(dim=(1, 2)))[:, None, None] * narrow
        spatial = self.spatial(gated.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.norm((x + spatial).to(self.norm.weight.dtype))


def _encoder_blocks(network: nn.Module, wanted: tuple[int, ...]) -> list[nn.Module]:
    """The transformer blocks of the image encoder that `wanted` counts, in a form that runs adapters."""
    fuse_attention(network)
    encoder = network.image_encoder
    blocks = list(encoder.blocks) if isinstance(encoder, FusedEncoder) else encoder.transformer_blocks()
    return [_numbered(blocks, index, "encoder block") for index in wanted]


def _numbered(modules: list[nn.Module], index: int, what: str) -> nn.Module:
    if not 0 <= index < len(modules):
        raise CheckpointError(
            "architecture", f"there is no {what} {index}", f"count from 0 to {len(modules) - 1}"
        )
    return modules[index]


def _width(block: nn.Module) -> int:
    return block.attn.proj.out_features


def add_adapters(network: nn.Module, spec: PeftSpec) -> nn.Module:
    """Put finetune-SAM's adapters into an encoder (ViT or TinyViT) and a mask decoder, in place.

    In the encoder: ``Space_Adapter`` after the attention, with its own skip connection; ``MLP_Adapter``
    beside the MLP, times 0.5. In the decoder: ``Adapter``, with its own skip connection, after both cross
    attentions (one module for both); ``MLP_Adapter`` beside the MLP, times 0.5.

    Returns:
        The same network.

    Raises:
        CheckpointError: it has no such block or layer.
    """
    for block in _encoder_blocks(network, spec.encoder_blocks):
        width = _width(block)
        hidden = spec.bottleneck or width // 4
        block.MLP_Adapter = Bottleneck(width, hidden, skip=False)
        block.Space_Adapter = Bottleneck(width, hidden, skip=True)
        block.scale = MLP_ADAPTER_SCALE
        if spec.depth_adapter:  # carried, so that such a file is used and saved whole; nothing runs it
            block.Depth_Adapter = Bottleneck(width, hidden, skip=False).requires_grad_(False)
    layers = list(network.mask_decoder.transformer.layers)
    for index in spec.decoder_layers:
        layer = _numbered(layers, index, "decoder layer")
        width = layer.norm1.normalized_shape[0]
        hidden = spec.decoder_bottleneck or width // 4
        layer.MLP_Adapter = Bottleneck(width, hidden, skip=False)
        layer.Adapter = Bottleneck(width, hidden, skip=True)
        layer.scale = MLP_ADAPTER_SCALE
    return network


def add_sam_med2d_adapters(network: nn.Module, spec: PeftSpec) -> nn.Module:
    """Put SAM-Med2D's ``Adapter`` beside the MLPs of an encoder, in place.

    Returns:
        The same network.

    Raises:
        CheckpointError: it has no such block, or its grid is odd.
    """
    if network.architecture.grid % 2:
        raise CheckpointError(
            "architecture", "SAM-Med2D's adapter needs an even grid", "use a multiple of 32"
        )
    for block in _encoder_blocks(network, spec.encoder_blocks):
        width = _width(block)
        block.Adapter = ChannelSpatialAdapter(width, spec.bottleneck or width // 4)
    return network


def cut_windows_before_norm(network: nn.Module) -> nn.Module:
    """Make a ViT's blocks cut (and pad) their windows before the first norm, as finetune-SAM does, in place.

    Returns:
        The same network.
    """
    fuse_attention(network)
    for block in network.image_encoder.blocks:
        block.windows_before_norm = True
    return network
