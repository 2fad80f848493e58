"""`python -m medsam_training.methods --data PREPARED --from MODEL --out FOLDER`: a row for each method."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from medsam_core.atomic_file import atomic_output, make_folder
from medsam_core.errors import MedSAMError
from medsam_training.methods.measured_row import measure_row
from medsam_training.methods.method_rows import METHODS
from medsam_training.methods.table import table


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each method, print the table, write table.md and table.json; the same command goes on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a set that medsam-train prepare made")
    parser.add_argument("--from", dest="start", default="demo", help="what every method starts from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--most", type=int, help="at most so many test objects")
    parser.add_argument("--set", dest="changes", action="append", default=[], help="any key of fit, for all")
    given = parser.parse_args(arguments)
    rows = []
    try:
        make_folder(given.out)
        for method in given.methods:
            rows.append(measure_row(method, given.data, given.start, given.out, given.changes, given.most))
            for name, text in (
                ("table.md", table(rows)),
                ("table.json", json.dumps([asdict(row) for row in rows], indent=2) + "\n"),
            ):
                with atomic_output(given.out / name, overwrite=True) as temporary:
                    temporary.write_text(text, encoding="utf-8")
    except MedSAMError as error:
        parser.exit(2, f"error: {error}\n")
    print(table(rows))


if __name__ == "__main__":
    main()
