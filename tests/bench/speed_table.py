"""How fast takevoice is, as ratios against a baseline measured in the same run: the table of docs/performance.md.

    python tests/bench/speed_table.py [startup] [detection] [first_look] [osc] [ledger] [takes] [gated]

Without a name, all of it; a few minutes.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

PARTS = {
    "startup": "startup",
    "detection": "detection",
    "first_look": "first_look",
    "osc": "osc_load",
    "ledger": "ledger_load",
    "takes": "takes",
    "gated": "gated",
}


def main(names: list[str]) -> None:
    """Prints the table as it is measured."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        raise SystemExit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    print("| what | measured | compared with | ratio | goal | |\n|---|---|---|---|---|---|", flush=True)
    for name in names or PARTS:
        for row in importlib.import_module(f"speed.{PARTS[name]}").measure():
            end = "met" if row.met else "not met"
            print(
                f"| {row.what} | {row.figure} | {row.baseline} | {row.ratio} | {row.goal} | {end} |",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
