"""A trained specialist under the engine's own predictor: the same way in and out as every checkpoint."""

from __future__ import annotations

from pathlib import Path

from medsam_core.checkpoints.digest import sha256_of
from medsam_core.checkpoints.info import CheckpointInfo
from medsam_core.inference.device import choose_placement
from medsam_core.inference.model import Model
from medsam_core.inference.torch_backend import TorchBackend
from medsam_training.compare.specialist_file import read_specialist
from medsam_training.compare.specialist_kinds import specialist_preset
from medsam_training.evaluate.segmenter import CheckpointSegmenter


class SpecialistSegmenter(CheckpointSegmenter):
    """Answers boxes.

    Args:
        model: from `specialist_model`.
        name: for tables; the file's own by default.
    """

    def __init__(self, model: Model, name: str | None = None) -> None:
        super().__init__(model, name)
        self.takes_points = False


def specialist_model(path: Path, device: str = "auto") -> Model:
    """Open a specialist's file and put its network where it runs: by PyTorch, in fp32.

    Raises:
        CheckpointError: it cannot be used.
        DeviceError: the device is not there.
    """
    network, header = read_specialist(path)
    parameters = sum(weight.numel() for weight in network.parameters())
    preset = specialist_preset(header.image_size)
    info = CheckpointInfo(
        path=path,
        name=header.name,
        format="specialist",
        architecture=None,
        preset=preset.name,
        parameters=parameters,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        licence=header.licence,
        training=header.training,
    )
    placement = choose_placement(device, "fp32", "torch", parameters=parameters)
    return Model(header.name, info, preset, TorchBackend(network, placement))
