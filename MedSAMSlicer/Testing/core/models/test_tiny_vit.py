"""The TinyViT encoder against its layers written out, and against the published list of weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from medsam_core.models.architecture import ARCHITECTURES, TinyViTSpec
from medsam_core.models.registry import build_network
from medsam_core.models.tiny_vit import TinyViT
from testkit.published_sam import fill_with_random_weights, relative_error

PUBLISHED = Path(__file__).parent / "litemedsam_encoder_weights.txt"
MOBILE_SAM = {"patch_embed.seq.0.c.weight": (32, 3, 3, 3), "patch_embed.seq.2.c.weight": (64, 32, 3, 3)}
SMALL = TinyViTSpec(
    embed_dims=(8, 12, 16, 20),
    depths=(2, 1, 2, 1),
    num_heads=(1, 3, 2, 4),
    window_sizes=(7, 3, 4, 7),
    patch_stride=1,
)


def published_shapes() -> dict[str, tuple[int, ...]]:
    lines = [line for line in PUBLISHED.read_text().splitlines() if not line.startswith("#")]
    pairs = (line.split() for line in lines)
    return {name: () if shape == "-" else tuple(map(int, shape.split("x"))) for name, shape in pairs}


@pytest.mark.parametrize(("name", "differences"), [("litemedsam", {}), ("mobile_sam", MOBILE_SAM)])
def test_weights_have_the_published_names_and_shapes(name: str, differences: dict) -> None:
    encoder = build_network(ARCHITECTURES[name]).image_encoder
    ours = {weight: tuple(value.shape) for weight, value in encoder.state_dict().items()}
    assert ours == published_shapes() | differences


@pytest.mark.parametrize(("name", "millions"), [("litemedsam", 9.79), ("mobile_sam", 9.81)])
def test_the_number_of_parameters_is_the_published_one(name: str, millions: float) -> None:
    # MobileSAM's file has 0.32 million more, in the classification head.
    network = build_network(ARCHITECTURES[name])
    assert round(sum(p.numel() for p in network.parameters()) / 1e6, 2) == millions


class WrittenOut:
    """The encoder computed from its weights, pixel by pixel and window by window, in float64."""

    def __init__(self, state: dict[str, Tensor], spec: TinyViTSpec) -> None:
        self.w, self.spec = {name: value.double() for name, value in state.items()}, spec

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        """Convolution as a sum over shifted images, then batch norm by its definition."""
        kernel = self.w[name + ".c.weight"]
        size = kernel.shape[-1]
        padded = nn.functional.pad(x, [size // 2] * 4)
        side = (padded.shape[-1] - size) // stride + 1
        out = torch.zeros(1, len(kernel), side, side, dtype=torch.float64)
        for row in range(size):
            for column in range(size):
                rows = slice(row, row + stride * side, stride)
                columns = slice(column, column + stride * side, stride)
                shifted = padded[..., rows, columns]
                if kernel.shape[1] == 1:  # one filter for each channel
                    out += kernel[:, 0, row, column, None, None] * shifted
                else:
                    out += torch.einsum("oi,bihw->bohw", kernel[:, :, row, column], shifted)
        names = ("running_mean", "running_var", "weight", "bias")
        mean, var, gain, shift = (self.w[f"{name}.bn.{part}"][:, None, None] for part in names)
        return (out - mean) / (var + 1e-5).sqrt() * gain + shift

    def norm(self, name: str, x: Tensor) -> Tensor:
        centred = x - x.mean(-1, keepdim=True)
        scaled = centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return scaled * self.w[name + ".weight"] + self.w[name + ".bias"]

    def linear(self, name: str, x: Tensor) -> Tensor:
        return x @ self.w[name + ".weight"].T + self.w[name + ".bias"]

    def attention(self, name: str, tokens: Tensor, window: int, heads: int) -> Tensor:
        """One window's (window * window, c) tokens, each pair of tokens by itself."""
        rows = self.linear(name + ".qkv", self.norm(name + ".norm", tokens))
        rows = rows.reshape(len(tokens), heads, 3, -1)
        out = torch.zeros(len(tokens), heads, rows.shape[-1], dtype=torch.float64)
        for head in range(heads):
            q, k, v = rows[:, head].unbind(1)
            for one in range(len(tokens)):
                scores = torch.zeros(len(tokens), dtype=torch.float64)
                for other in range(len(tokens)):
                    down = abs(one // window - other // window)
                    across = abs(one % window - other % window)
                    bias = self.w[name + ".attention_biases"][head, down * window + across]
                    scores[other] = q[one] @ k[other] / q.shape[-1] ** 0.5 + bias
                out[one, head] = scores.softmax(0) @ v
        return self.linear(name + ".proj", out.flatten(1))

    def windows(self, name: str, x: Tensor, window: int, heads: int) -> Tensor:
        """(g, g, c) tokens, cut into windows; what is outside the image is zero before the norm."""
        grid, out = len(x), torch.zeros_like(x)
        for top in range(0, grid, window):
            for left in range(0, grid, window):
                part = x[top : top + window, left : left + window]
                whole = torch.zeros(window, window, x.shape[-1], dtype=torch.float64)
                whole[: part.shape[0], : part.shape[1]] = part
                done = self.attention(name, whole.flatten(0, 1), window, heads).reshape(whole.shape)
                out[top : top + window, left : left + window] = done[: part.shape[0], : part.shape[1]]
        return out

    def block(self, name: str, x: Tensor, window: int, heads: int) -> Tensor:
        tokens = x[0].permute(1, 2, 0)
        tokens = tokens + self.windows(name + ".attn", tokens, window, heads)
        x = self.conv(name + ".local_conv", tokens.permute(2, 0, 1)[None])
        tokens = x[0].permute(1, 2, 0)
        hidden = self.linear(name + ".mlp.fc1", self.norm(name + ".mlp.norm", tokens))
        hidden = hidden * (1 + torch.erf(hidden / 2**0.5)) / 2
        return (tokens + self.linear(name + ".mlp.fc2", hidden)).permute(2, 0, 1)[None]

    def three(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        gelu = nn.functional.gelu
        x = gelu(self.conv(name + ".conv2", gelu(self.conv(name + ".conv1", x)), stride))
        return self.conv(name + ".conv3", x)

    def neck(self, x: Tensor) -> Tensor:
        for conv, norm in ((0, 1), (2, 3)):
            kernel = self.w[f"neck.{conv}.weight"]
            x = nn.functional.conv2d(x, kernel, padding=kernel.shape[-1] // 2)
            x = x - x.mean(1, keepdim=True)
            x = x / (x.square().mean(1, keepdim=True) + 1e-6).sqrt()
            x = x * self.w[f"neck.{norm}.weight"][:, None, None] + self.w[f"neck.{norm}.bias"][:, None, None]
        return x

    def encode(self, images: Tensor) -> Tensor:
        gelu, stride = nn.functional.gelu, 2 if self.spec.patch_stride == 4 else 1
        x = gelu(self.conv("patch_embed.seq.0", images.double(), stride))
        x = self.conv("patch_embed.seq.2", x, stride)
        for index in range(self.spec.depths[0]):
            x = gelu(x + self.three(f"layers.0.blocks.{index}", x))
        x = self.three("layers.0.downsample", x, 2)
        for stage in (1, 2, 3):
            for index in range(self.spec.depths[stage]):
                sizes = self.spec.window_sizes[stage], self.spec.num_heads[stage]
                x = self.block(f"layers.{stage}.blocks.{index}", x, *sizes)
            if stage < 3:
                x = self.three(f"layers.{stage}.downsample", x, 2 if stage == 1 else 1)
        return self.neck(x)


@pytest.mark.parametrize("stride", [1, 4])
def test_the_encoder_is_its_layers_written_out_by_hand(stride: int) -> None:
    spec = TinyViTSpec(**{**vars(SMALL), "patch_stride": stride})
    encoder = fill_with_random_weights(TinyViT(spec, 20 * stride, 16))
    images = torch.rand(1, 3, 20 * stride, 20 * stride)
    want = WrittenOut(encoder.state_dict(), spec).encode(images)
    with torch.no_grad():
        got = encoder(images)
    assert got.shape == want.shape == (1, 16, 5, 5)
    assert relative_error(got, want) < 1e-5


def test_gradients_are_on_or_off_without_changing_the_embedding() -> None:
    encoder, images = fill_with_random_weights(TinyViT(SMALL, 20, 16)), torch.rand(1, 3, 20, 20)
    with torch.no_grad():
        folded = encoder(images)
    assert relative_error(folded, encoder(images)) < 1e-5


def test_images_of_a_batch_do_not_meet() -> None:
    encoder, images = fill_with_random_weights(TinyViT(SMALL, 20, 16)), torch.rand(3, 3, 20, 20)
    with torch.no_grad():
        together = encoder(images)
        assert relative_error(encoder(images[1:2])[0], together[1]) < 1e-5


def test_biases_and_norms_are_trained() -> None:
    encoder = TinyViT(SMALL, 20, 16).train()
    encoder(torch.rand(2, 3, 20, 20)).square().mean().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())
