"""Train the demo network from scratch on a CPU: ``python -m medsam_training.train_demo --help``.

Under ``torchrun --nproc-per-node N`` each process takes its share of a batch with one thread: on a CPU that
others use too, one meeting per step costs far less than one per operation.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import yaml
from torch import Tensor

from medsam_core.checkpoints.loaded_checkpoint import open_checkpoint
from medsam_core.models.demo import DemoNetwork, build_demo_network
from medsam_core.models.demo_config import DemoConfig
from medsam_core.models.demo_region import cell_centres, paste, region_of, sample
from medsam_core.models.network import PromptTensors
from medsam_training.cache import open_cache
from medsam_training.data import Mixture, PromptedImages
from medsam_training.losses import Loss, demo_loss
from medsam_training.manifest import read_manifest, trainable
from medsam_training.prompts import correction_click

LAST = "last.pt"


class Trainer:
    """The network, its moving average and its optimiser; `step` learns from one batch."""

    def __init__(self, settings: dict, out: Path, rank: int, world: int) -> None:
        self.settings, self.out, self.rank, self.world = settings, out, rank, world
        torch.manual_seed(settings["seed"])  # every rank starts from the same weights
        self.network = build_demo_network(DemoConfig.from_json(settings["network"]))
        if settings.get("start"):
            self.network.load_state_dict(open_checkpoint(settings["start"]).network.state_dict())
        self.network.to(memory_format=torch.channels_last)
        self.average = {name: value.detach().clone() for name, value in self.network.state_dict().items()}
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.ndim <= 1]
        groups = [
            {"params": decayed, "weight_decay": settings["weight_decay"]},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=settings["learning_rate"])
        self.steps, self.seconds = 0, 0.0

    def step(self, batch: tuple[Tensor, ...], seconds: float) -> Loss:
        """One update; `seconds` is what the step before took, averaged over ranks to agree on the clock."""
        rng = np.random.default_rng((self.settings["seed"], self.steps))
        corrected = rng.random() < self.settings["correction_share"]
        with torch.autocast("cpu", torch.bfloat16):
            logits, scores, truth = predict(
                self.network, batch, corrected, self.rank + self.world * self.steps
            )
        loss = demo_loss(logits, scores, truth)
        self.optimizer.zero_grad(set_to_none=False)
        loss.total.backward()
        self.seconds += self._shared_gradients(seconds)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings["clip"])
        for group in self.optimizer.param_groups:
            group["lr"] = self._rate()
        self.optimizer.step()
        self.steps += 1
        self._move_average()
        return loss

    def _shared_gradients(self, seconds: float) -> float:
        """Average gradients, and the clock, over the ranks."""
        if self.world == 1:
            return seconds
        grads = [p.grad for p in self.network.parameters() if p.grad is not None]
        flat = torch.cat([*(g.reshape(-1) for g in grads), torch.tensor([seconds])])
        dist.all_reduce(flat)
        flat /= self.world
        at = 0
        for grad in grads:
            grad.copy_(flat[at : at + grad.numel()].view_as(grad))
            at += grad.numel()
        return float(flat[-1])

    def _rate(self) -> float:
        """Linear warm-up in steps, then a cosine over the minutes that are to be used."""
        share = min(1.0, self.seconds / (self.settings["minutes"] * 60))
        warm = min(1.0, (self.steps + 1) / self.settings["warmup_steps"])
        return self.settings["learning_rate"] * warm * max(0.01, 0.5 + 0.5 * math.cos(math.pi * share))

    def _move_average(self) -> None:
        decay = min(self.settings["average_decay"], (1 + self.steps) / (10 + self.steps))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1.0 - decay)

    def save(self) -> None:
        """Write last.pt whole or not at all."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "seconds": self.seconds,
            "settings": self.settings,
        }
        part = self.out / (LAST + ".part")
        torch.save(state, part)
        part.replace(self.out / LAST)

    def resume(self) -> None:
        """Go on from last.pt."""
        state = torch.load(self.out / LAST, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps, self.seconds = state["steps"], state["seconds"]


def predict(
    network: DemoNetwork, batch: tuple[Tensor, ...], corrected: bool, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Logits, scores and truth on the prompts' own grids.

    Args:
        batch: images (b, 3, S, S), masks (b, k, S, S), points_xy (b, k, p, 2), labels (b, k, p).
        corrected: answer once without learning, click where that was wrong, hand the answer in as well.
    """
    images, masks, points_xy, labels = batch
    features = network.encode(images.contiguous(memory_format=torch.channels_last))
    prompts = PromptTensors(points_xy.flatten(0, 1), labels.flatten(0, 1))
    truth = masks.flatten(0, 1)[:, None].float()
    margin = network.config.region_margin
    if corrected:
        with torch.no_grad():
            prompts = _corrected(network, features, prompts, truth, seed)
    region = region_of(prompts.points_xy, prompts.labels, network.image_size, margin)
    logits, scores = network.decoder(features, prompts, region)
    return logits, scores, sample(truth, cell_centres(region, network.config.region_size), network.image_size)


def _corrected(
    network: DemoNetwork, features: tuple[Tensor, ...], prompts: PromptTensors, truth: Tensor, seed: int
) -> PromptTensors:
    """The prompts with a click where the first answer was wrong (two times in three) and that answer."""
    rng = np.random.default_rng((seed, 1))
    size = network.image_size
    region = region_of(prompts.points_xy, prompts.labels, size, network.config.region_margin)
    logits, _ = network.decoder(features, prompts, region)
    earlier = paste(logits[:, :1].float(), region, size, network.low_resolution)
    points_xy, labels = prompts.points_xy.clone(), prompts.labels.clone()
    for number in range(len(labels)):
        free = (labels[number, :-2] < 0).nonzero().flatten().tolist()
        if free and rng.random() < 0.67:
            x, y, label = correction_click(
                rng, truth[number, 0].numpy() > 0.5, earlier[number, 0].numpy() > 0
            )
            points_xy[number, free[0]] = torch.tensor([x, y])
            labels[number, free[0]] = label
    return PromptTensors(points_xy, labels, earlier)


def train(settings: dict, data: Path, cache: Path, out: Path, resume: bool) -> None:
    """Train until the settings' minutes are used up, saving on the way."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    torch.set_num_threads(settings["threads"])
    out.mkdir(parents=True, exist_ok=True)
    if world > 1:
        dist.init_process_group("gloo")
    if rank == 0:
        open_cache(cache, trainable(read_manifest(data)))
    if world > 1:
        dist.barrier()
    trainer = Trainer(settings, out, rank, world)
    if resume and (out / LAST).is_file():
        trainer.resume()
    mixture = Mixture(**settings["mixture"])
    share = settings["images"] // world
    examples = PromptedImages(
        open_cache(cache, ()),
        mixture,
        trainer.network.image_size,
        settings["prompts"],
        settings["seed"],
        1 << 40,
    )
    _loop(trainer, examples, share)
    if world > 1:
        dist.destroy_process_group()


def _loop(trainer: Trainer, examples: PromptedImages, share: int) -> None:
    settings, sums, took, saved = trainer.settings, np.zeros(4), 0.0, trainer.seconds
    while trainer.seconds < settings["minutes"] * 60:
        began = time.monotonic()
        first = (trainer.steps * trainer.world + trainer.rank) * share
        rows = [examples[first + number] for number in range(share)]
        loss = trainer.step(tuple(torch.stack(column) for column in zip(*rows, strict=True)), took)
        sums += [float(part.detach()) for part in loss]
        took = time.monotonic() - began
        if trainer.rank == 0 and trainer.steps % settings["log_every"] == 0:
            _log(trainer, sums / settings["log_every"], took)
            sums[:] = 0
        if trainer.rank == 0 and trainer.seconds - saved > settings["save_every_minutes"] * 60:
            trainer.save()
            saved = trainer.seconds
    if trainer.rank == 0:
        trainer.save()


def _log(trainer: Trainer, means: np.ndarray, took: float) -> None:
    names = ("total", "dice", "entropy", "score")
    row = {"step": trainer.steps, "minutes": round(trainer.seconds / 60, 2), "step_seconds": round(took, 2)}
    row |= {name: round(float(value), 4) for name, value in zip(names, means, strict=True)}
    with (trainer.out / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Train the demo network from scratch.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--cache", type=Path, required=True, help="folder for the prepared slices")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    parser.add_argument("--config", type=Path, required=True, help="settings, as training/configs/demo.yaml")
    parser.add_argument("--minutes", type=float, help="instead of the settings' own")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    given = parser.parse_args()
    settings = yaml.safe_load(given.config.read_text(encoding="utf-8"))
    if given.minutes is not None:
        settings["minutes"] = given.minutes
    train(settings, given.data, given.cache, given.out, given.resume)


if __name__ == "__main__":
    main()
