"""A frozen encoder is run once, and nobody can tell."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from medsam_core.errors import OptionError
from medsam_training.fit.config import FitConfig
from medsam_training.fit.embedding_store import EmbeddingStore, encode_rows, store_of
from medsam_training.fit.run import Prepared, fit
from medsam_training.fit.run_folder import RunFolder

Run = Callable[..., FitConfig]
DECODER = ("strategy.components=decoder", "loop.epochs=3", "optimiser.warmup_steps=0", "optimiser.rate=1e-3")


def _column(folder: RunFolder, name: str) -> list[float]:
    with folder.history.open(newline="") as file:
        return [float(row[name]) for row in csv.DictReader(file)][1:]


@pytest.mark.parametrize("backbone", ["vit_b", "vit_t", "demo"])
@pytest.mark.parametrize(("kind", "tolerance"), [("float32", 1e-5), ("float16", 5e-3)])
def test_decoder_training_from_kept_embeddings_is_that_from_images(
    a_run: Run, tmp_path: Path, backbone: str, kind: str, tolerance: float
) -> None:
    plain = fit(a_run(backbone, *DECODER, "data.cache_embeddings=never", out=str(tmp_path / "plain")))
    kept = [*DECODER, "data.cache_embeddings=always", f"data.cache_type={kind}"]
    cached = fit(a_run(backbone, *kept, out=str(tmp_path / "kept")))
    assert list((tmp_path / "embeddings").iterdir())
    for name in ("train_loss", "validation_dice"):
        assert _column(cached, name) == pytest.approx(_column(plain, name), rel=tolerance, abs=tolerance)


def test_a_filling_that_was_killed_goes_on(a_run: Run, tmp_path: Path) -> None:
    prepared = Prepared.of(a_run("vit_b", *DECODER))
    pool, network, preset = prepared.training, prepared.network, prepared.start.preset
    store = store_of(tmp_path, pool, network, preset, "float32", 1)
    features_of, asked = encode_rows(pool, network, preset, next(network.parameters()).device), []

    def counted(rows: list[int]) -> list[np.ndarray]:
        asked.extend(rows)
        if len(asked) > 8:
            raise KeyboardInterrupt
        return features_of(rows)

    store.create()
    with pytest.raises(KeyboardInterrupt):
        store.fill(store.missing(), counted, 4)
    again = store_of(tmp_path, pool, network, preset, "float32", 1)
    again.create()
    assert again.missing() == list(range(8, len(pool)))
    again.fill(again.missing(), features_of, 4)
    assert again.missing() == []
    for row in (0, len(pool) - 1):
        np.testing.assert_allclose(again.read(row)["feature0"], features_of([row])[0][0], atol=1e-5)
    sent = pickle.dumps(again)
    assert len(sent) < 1000  # what a loader's process gets: where the values lie, not the values
    assert pickle.loads(sent).read(0)["feature0"].equal(again.read(0)["feature0"])


def test_another_encoder_preset_or_choice_of_slices_has_a_store_of_its_own(
    a_run: Run, tmp_path: Path
) -> None:
    def folder(*changes: str, backbone: str = "vit_b") -> Path:
        prepared = Prepared.of(a_run(backbone, *DECODER, *changes))
        preset, kind = prepared.start.preset, prepared.config.data.cache_type
        return store_of(tmp_path, prepared.training, prepared.network, preset, kind, 1).folder

    same = {folder(), folder("loop.epochs=9"), folder("optimiser.rate=1")}
    others = {
        folder(backbone="vit_h"),
        folder("strategy.preset=sam"),
        folder("data.shots=5"),
        folder("data.cache_type=float32"),
    }
    assert len(same) == 1
    assert len(others - same) == 4


def test_a_store_that_is_too_large_is_refused_before_anything_is_written(a_run: Run) -> None:
    config = a_run("vit_b", *DECODER, "data.cache_gb=1e-6")
    with pytest.raises(OptionError, match=r"18 slices need .* GB, more than 1e-06"):
        fit(config)
    assert not (Path(config.out).parent / "embeddings").exists()


@pytest.mark.parametrize("change", ["data.augment=true", "strategy.components=encoder+decoder"])
def test_what_changes_embeddings_forbids_to_keep_them(a_run: Run, change: str) -> None:
    with pytest.raises(OptionError, match="needs a frozen encoder"):
        fit(a_run("vit_b", *DECODER, "data.cache_embeddings=always", change))


def test_a_store_that_lost_a_file_is_made_again(tmp_path: Path) -> None:
    store = EmbeddingStore(tmp_path / "store", 3, [(2, 2, 2)], "float32")
    store.create()
    store.fill([0, 1, 2], lambda rows: [np.ones((len(rows), 2, 2, 2))], 2)
    (store.folder / "feature0.npy").unlink()
    assert store.missing() == [0, 1, 2]
    store.create()
    assert store.missing() == [0, 1, 2]
