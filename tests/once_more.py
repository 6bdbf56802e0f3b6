"""Runs the few tests that failed once more, one at a time, as on a machine that has nothing else to do.

    python tests/once_more.py [pytest's options]

Many tests start processes, drives and editors, and four run at once: now and then one waits longer than it may. A fault of
takevoice fails both times. What passes the second time is listed as unsteady, and is to be mended.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).parents[1]
CACHE = Path(".pytest_cache")
FEW = 3  # a fault of takevoice mostly fails more of them


def once_more(*options: str, cache: Path = CACHE) -> bool:
    """Run what failed in the last run, if that is little; returns True when it passes now. `cache`: that run's pytest cache."""
    try:
        failed = list(json.loads((TOP / cache / "v/cache/lastfailed").read_text("utf-8")))
    except (OSError, ValueError):
        return False
    if not 0 < len(failed) <= FEW:
        return False
    print(f"\n== Once more, one at a time: {', '.join(failed)}", flush=True)
    chosen = ("--last-failed", "--last-failed-no-failures", "none", "-m", "")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "0", *chosen, *options], check=False, cwd=TOP)
    if done.returncode == 0:
        print("UNSTEADY: they failed at first and passed now:", *failed, sep="\n  ", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(0 if once_more(*sys.argv[1:]) else 1)
