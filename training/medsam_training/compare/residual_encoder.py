"""A residual network that keeps a sixteenth of the resolution, as DeepLab wants it."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from medsam_training.compare.convolution import convolution

_STRIDES_AND_RATES = ((1, 1), (2, 1), (2, 1), (1, 2))
"""Of the four stages: the last one looks twice as far instead of halving the map."""


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut.

    Args:
        inputs, outputs: channels.
        stride: of the first convolution.
        rate: of both.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, rate: int = 1) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, stride=stride, rate=rate)
        self.second = convolution(outputs, outputs, rate=rate, active=False)
        same = inputs == outputs and stride == 1
        self.shortcut = (
            nn.Identity() if same else convolution(inputs, outputs, kernel=1, stride=stride, active=False)
        )
        self.active = nn.ReLU(inplace=True)

    def forward(self, features: Tensor) -> Tensor:
        """(n, inputs, h, w) to (n, outputs, ceil(h / stride), ceil(w / stride))."""
        return self.active(self.second(self.first(features)) + self.shortcut(features))


class ResidualEncoder(nn.Module):
    """He et al., Deep Residual Learning for Image Recognition, CVPR 2016, at output stride 16.

    Args:
        inputs: channels of the image.
        width: channels of the first stage; each later one has twice as many.
        blocks: residual blocks of each of the four stages; (2, 2, 2, 2) is ResNet-18.
    """

    def __init__(self, inputs: int, width: int, blocks: Sequence[int]) -> None:
        super().__init__()
        pool = nn.MaxPool2d(3, 2, 1)
        self.stem = nn.Sequential(convolution(inputs, width, kernel=7, stride=2), pool)
        self.stages, before = nn.ModuleList(), width
        for stage, (stride, rate) in enumerate(_STRIDES_AND_RATES):
            after = width << stage
            rest = [ResidualBlock(after, after, rate=rate) for _ in range(blocks[stage] - 1)]
            self.stages.append(nn.Sequential(ResidualBlock(before, after, stride, rate), *rest))
            before = after
        self.low_channels, self.high_channels = width, before

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """(n, inputs, h, w) to the maps at a quarter and at a sixteenth of its size (rounded up)."""
        low = self.stages[0](self.stem(image))
        high = low
        for stage in self.stages[1:]:
            high = stage(high)
        return low, high
