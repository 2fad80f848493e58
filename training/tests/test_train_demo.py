"""A short training learns, saves whole files and goes on where it stopped."""

from __future__ import annotations

import json

import torch

from medsam_training.cache import open_cache
from medsam_training.data import Mixture, PromptedImages
from medsam_training.manifest import read_manifest, trainable
from medsam_training.train_demo import LAST, Trainer, train


def batch(small_data, folder, settings, count=4):
    cache = open_cache(folder, trainable(read_manifest(small_data)))
    data = PromptedImages(cache, Mixture(**settings["mixture"]), 64, settings["prompts"], 0, 100)
    return tuple(torch.stack(column) for column in zip(*[data[i] for i in range(count)], strict=True))


def test_the_loss_of_one_batch_falls(small_data, tmp_path, small_settings):
    trainer = Trainer(small_settings | {"correction_share": 0.0, "learning_rate": 0.003}, tmp_path, 0, 1)
    example = batch(small_data, tmp_path / "cache", small_settings)
    losses = [float(trainer.step(example, 0.1).total.detach()) for _ in range(40)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_run_stops_on_time_and_resumes(small_data, tmp_path, small_settings):
    short = small_settings | {"minutes": 1e-4}
    train(short, small_data, tmp_path / "cache", tmp_path / "run", resume=False)
    first = torch.load(tmp_path / "run" / LAST, weights_only=True)
    train(
        short | {"minutes": 3 * first["seconds"] / 60},
        small_data,
        tmp_path / "cache",
        tmp_path / "run",
        resume=True,
    )
    second = torch.load(tmp_path / "run" / LAST, weights_only=True)
    assert 0 < first["steps"] < second["steps"] and second["seconds"] > first["seconds"]
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == list(range(1, second["steps"] + 1))
    assert not list((tmp_path / "run").glob("*.part"))
