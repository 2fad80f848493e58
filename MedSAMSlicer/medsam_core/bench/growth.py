"""How time and memory grow with the slices of a volume and with the objects in it: a program.

    python -m medsam_core.bench.growth --json growth.json --figure growth.png

Each run has a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from medsam_core.atomic_file import atomic_output, check_output

SLICES = (50, 100, 200, 400)
OBJECTS = (1, 4, 16)
SLICES_OF_OBJECTS = 100
STRATEGIES = ("roi", "track")

Row = dict[str, Any]


def measure_growth(
    *,
    model: str = "demo",
    side: int = 512,
    slices: Sequence[int] = SLICES,
    objects: Sequence[int] = OBJECTS,
    slices_of_objects: int = SLICES_OF_OBJECTS,
    tell: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """Run the phantom with one object on ever more slices, and with ever more objects on some slices.

    Args:
        model: name or path.
        side: rows and columns of a slice.
        slices: the counts, with one object.
        objects: the counts, on `slices_of_objects` slices.
        tell: called with each row.

    Returns:
        One row per run: seconds, encoder calls, peak memory in MB.
    """
    plan = [(n, 1) for n in slices] + [(slices_of_objects, n) for n in objects if n > 1]
    rows = []
    for propagation in STRATEGIES:
        for depth, count in plan:
            rows.append(_run(model, side, depth, count, propagation))
            tell(rows[-1])
    return rows


def _run(model: str, side: int, slices: int, objects: int, propagation: str) -> Row:
    words = [model, "", str(side), str(slices), "auto", str(objects), propagation]
    program = [sys.executable, "-m", "medsam_core.bench.volume_run", *words]
    run = subprocess.run(program, capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return json.loads(run.stdout.splitlines()[-1])


def draw_growth(rows: Sequence[Row], path: Path) -> None:
    """Two panels: seconds and memory over slices; seconds over objects."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.6), layout="constrained")
    seconds, memory, objects = figure.subplots(1, 3)
    for propagation in STRATEGIES:
        mine = [r for r in rows if r["propagation"] == propagation]
        single = [r for r in mine if r["objects"] == 1]
        depths = [r["size_ijk"][2] for r in single]
        seconds.plot(depths, [r["seconds"] for r in single], "o-", label=propagation)
        memory.plot(depths, [r["peak_rss_mb"] / 1000 for r in single], "o-", label=propagation)
        many = [r for r in mine if r["size_ijk"][2] == SLICES_OF_OBJECTS]
        objects.plot([r["objects"] for r in many], [r["seconds"] for r in many], "o-", label=propagation)
        alone = next((r["seconds"] for r in many if r["objects"] == 1), None)
        if alone is not None:
            counts = [r["objects"] for r in many]
            objects.plot(counts, [alone * n for n in counts], ":", color="grey")
    for axes, x, y in (
        (seconds, "slices, 1 object", "seconds"),
        (memory, "slices, 1 object", "peak memory, GB"),
        (objects, f"objects, {SLICES_OF_OBJECTS} slices (dotted: one by one)", "seconds"),
    ):
        axes.set(xlabel=x, ylabel=y, xlim=(0, None), ylim=(0, None))
        axes.grid(alpha=0.3)
    seconds.legend(frameon=False)
    with atomic_output(path, overwrite=True) as temporary:
        figure.savefig(temporary, format="png", dpi=130)


def growth_table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| strategy | slices | objects | seconds | encoder calls | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for r in rows:
        cells = (r["propagation"], r["size_ijk"][2], r["objects"], f"{r['seconds']:.1f}", r["encoded_slices"])
        lines.append(f"| {' | '.join(map(str, cells))} | {r['peak_rss_mb']:.0f} MB |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print the table, write JSON and figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--side", type=int, default=512)
    given = parser.parse_args()
    for path in filter(None, (given.json, given.figure)):
        check_output(path, overwrite=True)
    rows = measure_growth(
        model=given.model,
        side=given.side,
        tell=lambda row: print(growth_table([row]).splitlines()[-1], flush=True),
    )
    with atomic_output(given.json, overwrite=True) as temporary:
        temporary.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if given.figure:
        draw_growth(rows, given.figure)
    print(growth_table(rows))


if __name__ == "__main__":
    main()
