"""How well a demo network segments held-out objects, beside the ellipse drawn in the same box.

``python -m medsam_training.evaluate_demo --help``. The ellipse is the honest baseline: a box prompt gives most of
an overlap away, and a model that does not beat the ellipse has learned nothing about images.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from medsam_core.checkpoints import open_checkpoint
from medsam_core.models.demo import DemoNetwork
from medsam_core.models.network import (
    BOX_FIRST_CORNER,
    BOX_SECOND_CORNER,
    PADDING,
    POSITIVE,
    PromptTensors,
)
from medsam_training.canvas import off_canvas, onto_canvas, scale_xy
from medsam_training.export import averaged_network
from medsam_training.manifest import Item, held_out, read_manifest
from medsam_training.prompts import box_of, correction_click, inner_click, jittered
from medsam_training.slices import Slice, slices_of

FEWEST_PIXELS = 30  # of an object in its own image
NOT_COUNTED = ("retina_fundus",)  # a net of vessels has no box; reported, not averaged


@dataclass(frozen=True)
class Row:
    """One object's foreground Dice under each prompt, and what the network thought of itself."""

    set_name: str
    case: str
    key: str
    label: int
    ellipse: float
    box: float
    one_point: float
    three_clicks: float
    iou: float
    score: float


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Foreground Dice of two bool masks; 1 when both are empty."""
    total = np.count_nonzero(a) + np.count_nonzero(b)
    return 1.0 if total == 0 else 2.0 * np.count_nonzero(a & b) / total


def ellipse_in(box: np.ndarray, shape_yx: tuple[int, int]) -> np.ndarray:
    """The mask of the ellipse inscribed in (x0, y0, x1, y1), pixel centres counted."""
    y, x = np.ogrid[: shape_yx[0], : shape_yx[1]]
    middle, half = (box[:2] + box[2:]) / 2, np.maximum((box[2:] - box[:2]) / 2, 1e-6)
    return ((x + 0.5 - middle[0]) / half[0]) ** 2 + ((y + 0.5 - middle[1]) / half[1]) ** 2 <= 1.0


def objects_of(cut: Slice) -> Iterator[tuple[int, np.ndarray]]:
    """Every label of a slice that shows enough pixels: the label whole, as its readers drew it."""
    numbers, areas = np.unique(cut.labels_yx, return_counts=True)
    for number in numbers[(numbers > 0) & (areas >= FEWEST_PIXELS)]:
        yield int(number), cut.labels_yx == number


def chosen_objects(items: list[Item], most: int, seed: int) -> dict[str, list[tuple[Slice, int]]]:
    """At most `most` objects of each set, drawn evenly over its cases: round and round, one of each."""
    by_set: dict[str, list[list[tuple[Slice, int]]]] = {}
    for item in items:
        rng = np.random.default_rng([seed, *item.case.encode()])
        cuts = list(slices_of(item, every_axis=False))
        found = [(cut, number) for cut in cuts for number, _ in objects_of(cut)]
        by_set.setdefault(item.set_name, []).append([found[i] for i in rng.permutation(len(found))])
    return {name: _round_robin(cases, most, np.random.default_rng(seed)) for name, cases in by_set.items()}


def _round_robin(cases: list[list], most: int, rng: np.random.Generator) -> list:
    order = [cases[i] for i in rng.permutation(len(cases))]
    deepest = max(len(case) for case in order)
    return [case[turn] for turn in range(deepest) for case in order if turn < len(case)][:most]


class Judge:
    """Runs one network on objects."""

    def __init__(self, network: DemoNetwork, jitter: float, seed: int) -> None:
        self.network, self.jitter, self.seed = network.eval(), jitter, seed

    @torch.no_grad()
    def row(self, cut: Slice, number: int, set_name: str) -> Row:
        """Dice of one object under each prompt."""
        truth = cut.labels_yx == number
        rng = np.random.default_rng([self.seed, number, *cut.key.encode()])
        box = jittered(rng, box_of(truth), self.jitter, self.jitter)
        features = self.network.encode(onto_canvas(cut.image_yx, self.network.image_size))
        by_box, score = self._mask(features, box.reshape(2, 2), (BOX_FIRST_CORNER, BOX_SECOND_CORNER), truth)
        one, three = self._clicked(features, truth)
        union = np.count_nonzero(by_box | truth)
        return Row(
            set_name=set_name,
            case=cut.key.split("/")[1],
            key=cut.key,
            label=number,
            ellipse=dice(ellipse_in(box, truth.shape), truth),
            box=dice(by_box, truth),
            one_point=dice(one, truth),
            three_clicks=dice(three, truth),
            iou=np.count_nonzero(by_box & truth) / union if union else 1.0,
            score=score,
        )

    def _clicked(self, features: tuple[Tensor, ...], truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Masks after one click in the middle, and after two corrections of it."""
        clicks = [(*inner_click(truth), POSITIVE)]
        rng, masks = np.random.default_rng(self.seed), []
        for _ in range(3):
            xy = np.array([[x, y] for x, y, _ in clicks] + [[0.0, 0.0]])
            mask, _ = self._mask(features, xy, (*(label for *_, label in clicks), PADDING), truth)
            masks.append(mask)
            clicks.append(correction_click(rng, truth, mask))
        return masks[0], masks[2]

    def _mask(
        self, features: tuple[Tensor, ...], xy: np.ndarray, labels: tuple[int, ...], truth: np.ndarray
    ) -> tuple[np.ndarray, float]:
        size = self.network.image_size
        points = torch.from_numpy(xy * scale_xy(truth.shape, size)).float().clamp(0, size)[None]
        logits, scores = self.network.decode(features, PromptTensors(points, torch.tensor([labels])))
        return off_canvas(logits, truth.shape, size)[0], float(scores[0, 0])


def evaluate(
    network: DemoNetwork,
    items: list[Item],
    most: int,
    jitter: float,
    seed: int,
    tell: Callable[[str], None] = print,
) -> list[Row]:
    """Rows of all sets, at most `most` objects of each."""
    judge, rows = Judge(network, jitter, seed), []
    for name, objects in sorted(chosen_objects(items, most, seed).items()):
        rows += [judge.row(cut, number, name) for cut, number in objects]
        tell(f"{name}: {len(objects)} objects")
    return rows


def summary(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Means per set, and over the sets that count (each set once, however many objects it has)."""
    columns = ("ellipse", "box", "one_point", "three_clicks")
    table: dict[str, dict[str, float]] = {}
    for name in sorted({row.set_name for row in rows}):
        mine = [row for row in rows if row.set_name == name]
        table[name] = {"objects": len(mine)} | {
            c: float(np.mean([getattr(r, c) for r in mine])) for c in columns
        }
        table[name]["score_off"] = float(np.mean([abs(r.iou - r.score) for r in mine]))
    counted = [table[name] for name in table if name not in NOT_COUNTED]
    table["mean of sets"] = {c: float(np.mean([t[c] for t in counted])) for c in (*columns, "score_off")}
    for line in table.values():
        line["error_change"] = (1 - line["box"]) / max(1 - line["ellipse"], 1e-9) - 1
    return table


def markdown(table: dict[str, dict[str, float]]) -> str:
    """The summary as a table."""
    lines = [
        "| set | objects | ellipse in the box | box | change of error | 1 click | 3 clicks | score off by |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, t in table.items():
        clicked = f"{t['one_point']:.3f} | {t['three_clicks']:.3f}"
        lines.append(
            f"| {name} | {t.get('objects', '')} | {t['ellipse']:.3f} | {t['box']:.3f} "
            f"| {t['error_change']:+.0%} | {clicked} | {t['score_off']:.3f} |"
        )
    return "\n".join(lines)


def load_network(path: Path) -> DemoNetwork:
    """The moving average of a training checkpoint (last.pt), or any demo checkpoint that the engine opens."""
    if path.suffix == ".pt":
        return averaged_network(path)[0]
    return open_checkpoint(path).network


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Dice of the demo network on held-out objects.")
    parser.add_argument("weights", type=Path, help="last.pt or demo.safetensors")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", choices=("val", "test"), default="test")
    parser.add_argument("--sets", nargs="*", help="only these")
    parser.add_argument("--most", type=int, default=300, help="objects of a set, at most")
    parser.add_argument(
        "--jitter", type=float, default=0.05, help="share of the box's side each edge may move"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="write rows and summary as JSON here")
    given = parser.parse_args()
    items = held_out(read_manifest(given.data), given.split)
    items = [item for item in items if not given.sets or item.set_name in given.sets]
    rows = evaluate(load_network(given.weights), items, given.most, given.jitter, given.seed)
    table = summary(rows)
    print(markdown(table))
    if given.out:
        given.out.write_text(json.dumps({"summary": table, "rows": [asdict(row) for row in rows]}, indent=1))


if __name__ == "__main__":
    main()
