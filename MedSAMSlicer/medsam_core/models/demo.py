"""The demo network: small enough to ship and to train on a CPU, promptable like the large ones."""

from __future__ import annotations

from torch import Tensor, nn

from medsam_core.models.architecture import Architecture
from medsam_core.models.demo_adapters import add_demo_adapters
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.demo_decoder import DemoDecoder
from medsam_core.models.demo_encoder import DemoEncoder
from medsam_core.models.demo_region import paste, region_of
from medsam_core.models.network import PromptTensors


class DemoNetwork(nn.Module):
    """Follows `PromptableNetwork`; images are (b, 3, S, S) in [0, 1], padding 0 at the bottom and right.

    Mask logits of zero say nothing, so `mask_logits=None` and a map of zeros give the same answer.
    """

    def __init__(self, config: DemoConfig) -> None:
        super().__init__()
        self.config = config
        self.image_size = config.image_size
        self.low_resolution = config.low_resolution
        self.encoder = DemoEncoder(config)
        self.decoder = DemoDecoder(config)
        if config.encoder_adapters:
            add_demo_adapters(self.encoder)
        if config.decoder_adapters:
            add_demo_adapters(self.decoder)

    def encode(self, images: Tensor) -> tuple[Tensor, ...]:
        """Turn (b, 3, S, S) into feature maps at stride 2, 4 and 8."""
        return self.encoder(images)

    def decode(
        self, features: tuple[Tensor, ...], prompts: PromptTensors, multimask: bool = False
    ) -> tuple[Tensor, Tensor]:
        """Turn prompts into masks; see `PromptableNetwork.decode`."""
        images, count = features[0].shape[0], prompts.points_xy.shape[0]
        if images != 1 and images != count:
            raise ValueError(f"{images} images cannot be paired with {count} prompts: give 1 or {count}")
        region = region_of(prompts.points_xy, prompts.labels, self.image_size, self.config.region_margin)
        logits, scores = self.decoder(features, prompts, region)
        kept = slice(1, None) if multimask else slice(0, 1)
        pasted = paste(logits[:, kept], region, self.image_size, self.low_resolution)
        return pasted, scores[:, kept]

    def forward(self, images: Tensor, prompts: PromptTensors) -> tuple[Tensor, Tensor]:
        """Encode and decode at once."""
        return self.decode(self.encode(images), prompts)


def demo_architecture(config: DemoConfig, name: str = "demo") -> Architecture:
    """What a file header says of a demo network; `build_demo` reads it back."""
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in config.to_json().items()}
    size = options.pop("image_size")
    return Architecture(name=name, family="demo", image_size=size, options=tuple(sorted(options.items())))


def build_demo(architecture: Architecture) -> DemoNetwork:
    """The registry's builder: sizes from the architecture's options, those that ship where it names none."""
    return DemoNetwork(
        DemoConfig.from_json(dict(architecture.options) | {"image_size": architecture.image_size})
    )


def build_demo_network(config: DemoConfig | None = None) -> DemoNetwork:
    """A demo network with fresh weights; the default sizes are those of the weights that ship."""
    return DemoNetwork(config or DemoConfig())
