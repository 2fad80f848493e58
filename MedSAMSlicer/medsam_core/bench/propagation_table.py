"""How good each way of carrying a prompt through a volume is, on volumes with truth: a program.

    python -m medsam_core.bench.propagation_table --data DIR --json table.json

Runs every strategy on labelled objects with a model, and with an oracle that knows the truth but makes seeded
mistakes, which separates what propagation does from what the model does. Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np

from medsam_core.atomic_file import atomic_output
from medsam_core.bench.encoded_once import EncodedOnce
from medsam_core.bench.labelled_cases import LabelledCase, labelled_volumes, sample_cases
from medsam_core.bench.oracle_faults import OracleFaults
from medsam_core.bench.oracle_slices import OracleSlices
from medsam_core.bench.propagation_markdown import markdown
from medsam_core.bench.propagation_run import RUNS, Row, run_on
from medsam_core.bench.truth_objects import TruthObject, objects_of
from medsam_core.inference.embedding_cache import EmbeddingCache
from medsam_core.inference.load import load_model
from medsam_core.inference.model import Model
from medsam_core.inference.predictor import Predictor
from medsam_core.intensity import choose_window
from medsam_core.propagation.slice_predictor import SlicePredictor, Timings
from medsam_core.propagation.slice_stack import SliceStack
from medsam_core.propagation.strategies import STRATEGIES

FEWEST_VOXELS = 200  # of an object for the model
FEWEST_SLICES = 5
FEWEST_VOXELS_ORACLE = 64
FEWEST_SLICES_ORACLE = 3
FAULTS = OracleFaults(edge=0.1, misses=0.05, score=0.1)
_SHARED_BYTES = 3 << 30


def measure_model(case: LabelledCase, model: Model, most_objects: int) -> Iterator[Row]:
    """Every strategy on the largest part of each label.

    Strategies share what is encoded; their seconds are as if they did not: a slice that another one encoded
    counts with the mean of the case.

    Args:
        case: the volume.
        model: the model.
        most_objects: of the case, spread over its labels by size.
    """
    stack, labels = _opened(case)
    shared, spent = EmbeddingCache(ram_bytes=_SHARED_BYTES), Timings()
    found = sorted(
        objects_of(labels, FEWEST_VOXELS, FEWEST_SLICES, largest_only=True),
        key=lambda o: -np.count_nonzero(o.mask_kji),
    )
    for one in _spread(found, most_objects):
        for strategy, prompt in _known_runs():
            cache = EncodedOnce(shared)
            slices = SlicePredictor(stack, Predictor(model), cache)
            row = run_on(one, labels == one.label, strategy, prompt, slices, (case.set_name, case.case))
            spent.encode += slices.timings.encode
            spent.encoded_slices += slices.timings.encoded_slices
            encoding = cache.found * spent.encode / max(spent.encoded_slices, 1)
            yield replace(row, seconds=round(row.seconds + encoding, 3))


def measure_oracle(case: LabelledCase, faults: OracleFaults, strategies: Sequence[str]) -> Iterator[Row]:
    """Every strategy on every part of every label, with the truth for a model.

    The oracle answers with all parts of the label that lie in the box, so that a run may leak into a
    neighbour; slices that the user prompts by a box of their own are never missed.
    """
    stack, labels = _opened(case)
    for place, one in enumerate(objects_of(labels, FEWEST_VOXELS_ORACLE, FEWEST_SLICES_ORACLE)):
        alike = labels == one.label
        seed = zlib.crc32(f"{case.case} {place}".encode())
        mine = replace(faults, seed=seed, spared=(one.middle,))
        for strategy, prompt in _known_runs():
            if strategy in strategies:
                slices = OracleSlices(alike, (), mine, stack)
                yield run_on(one, alike, strategy, prompt, slices, (case.set_name, case.case))


def _known_runs() -> list[tuple[str, str]]:
    return [(strategy, prompt) for strategy, prompt in RUNS if strategy in STRATEGIES]


def _opened(case: LabelledCase) -> tuple[SliceStack, np.ndarray]:
    volume = case.volume()
    return SliceStack(volume, choose_window(volume, "auto")), case.labels_kji()


def _spread(objects: list[TruthObject], most: int) -> list[TruthObject]:
    """The largest, the smallest and those evenly between."""
    if len(objects) <= most:
        return objects
    places = np.unique(np.linspace(0, len(objects) - 1, most).round().astype(int))
    return [objects[place] for place in places]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Strategies of propagation on volumes with truth.")
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.json")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--split", default="test", help="of the cases for the model")
    parser.add_argument("--most-cases", type=int, default=12, help="of each set")
    parser.add_argument("--most-objects", type=int, default=6, help="of each case, for the model")
    parser.add_argument("--sets", nargs="*", help="only these")
    parser.add_argument("--oracle-splits", nargs="*", default=["train", "test"])
    parser.add_argument("--oracle-strategies", nargs="*", default=["roi", "track", "anchors"])
    parser.add_argument("--json", type=Path, help="write the rows here; rows already there are kept")
    given = parser.parse_args(arguments)
    rows = _rows_of(given.json)
    for kind, case, measure in _work(given):
        if (given.sets and case.set_name not in given.sets) or _is_done(rows[kind], case):
            continue
        rows[kind] += measure()
        _write(rows, given.json)
        print(f"{kind}: {case.set_name} {case.case}", flush=True)
    print(markdown(rows))


def _work(given: argparse.Namespace) -> Iterator[tuple[str, LabelledCase, Callable[[], Iterator[Row]]]]:
    """What to measure: kind of rows, case, and how."""
    cases = sample_cases(labelled_volumes(given.data, given.split), given.most_cases)
    if cases:
        model = load_model(given.model)
        for case in cases:
            yield "model", case, partial(measure_model, case, model, given.most_objects)
    for kind, faults in (("oracle", OracleFaults()), ("oracle with faults", FAULTS)):
        for split in given.oracle_splits:
            for case in sample_cases(labelled_volumes(given.data, split), given.most_cases):
                yield kind, case, partial(measure_oracle, case, faults, given.oracle_strategies)


def _is_done(rows: Sequence[Row], case: LabelledCase) -> bool:
    return any((row.set_name, row.case) == (case.set_name, case.case) for row in rows)


def _rows_of(path: Path | None) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {"model": [], "oracle": [], "oracle with faults": []}
    if path is not None and path.is_file():
        for kind, found in json.loads(path.read_text(encoding="utf-8")).items():
            rows[kind] = [Row(**row) for row in found]
    return rows


def _write(rows: dict[str, list[Row]], path: Path | None) -> None:
    if path is None:
        return
    text = json.dumps({kind: [asdict(row) for row in found] for kind, found in rows.items()})
    with atomic_output(path, overwrite=True) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
