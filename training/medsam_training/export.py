"""From a training checkpoint to the file that ships: ``python -m medsam_training.export --help``."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from medsam_core.checkpoints.own import OwnHeader, write_own
from medsam_core.models.demo import DemoNetwork, build_demo_network, demo_architecture
from medsam_core.models.demo_config import DemoConfig

LICENCE = "CC-BY-SA-4.0"  # one of the training sets is share-alike


def averaged_network(checkpoint: Path) -> tuple[DemoNetwork, dict]:
    """The moving average of a training checkpoint, and what its training was."""
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    network = build_demo_network(DemoConfig.from_json(state["settings"]["network"]))
    network.load_state_dict(state["average"])
    settings = state["settings"]
    facts = {
        "from_scratch": not settings.get("start"),
        "start": settings.get("start"),
        "steps": state["steps"],
        "minutes": round(state["seconds"] / 60, 1),
        "images_per_step": settings["images"],
        "prompts_per_image": settings["prompts"],
        "seed": settings["seed"],
        "sets": sorted(settings["mixture"]["sets"]),
    }
    return network.eval(), facts


def export(checkpoint: Path, target: Path) -> Path:
    """Write the averaged weights as our own file, in half precision."""
    network, facts = averaged_network(checkpoint)
    header = OwnHeader(
        name="demo",
        architecture=demo_architecture(network.config),
        preset="demo",
        licence=LICENCE,
        score_is_trained=True,
        training=facts,
    )
    return write_own(network, target, header, half=True, overwrite=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Averaged weights of a training run as our own file.")
    parser.add_argument("checkpoint", type=Path, help="last.pt of a training run")
    parser.add_argument("target", type=Path, help="e.g. MedSAMSlicer/Resources/Models/demo.safetensors")
    given = parser.parse_args()
    print(export(given.checkpoint, given.target))


if __name__ == "__main__":
    main()
