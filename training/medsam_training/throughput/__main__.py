"""`python -m medsam_training.throughput --data PREPARED --json out.json`: both loops in turns."""

from __future__ import annotations

import argparse
import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

from medsam_core.atomic_file import atomic_output
from medsam_training.throughput.comparison import KINDS, Size, compare


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a line for each kind, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a set that medsam-train prepare made")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--scratch", type=Path, help="where temporary files go")
    for name, value in vars(Size()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    given = parser.parse_args(arguments)
    size = Size(**{name: getattr(given, name) for name in vars(Size())})
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    rows = []
    for kind in given.kinds:
        with tempfile.TemporaryDirectory(dir=given.scratch) as scratch:
            row = compare(kind, given.data, Path(scratch), size)
        rows.append(row)
        speed = row["images_per_second"]
        print(
            f"{kind}, {row['network']}: {speed['ours']:.3g} images/s against {speed['plain']:.3g}, "
            f"{row['times_faster']:.1f} times ({row['times_faster_in_cpu_time']:.1f} in CPU time)"
        )
        with atomic_output(given.json, overwrite=True) as temporary:
            temporary.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
