"""Runs the watcher, pipeline, ledger, service and money tests under the habits of other systems.

    python tests/habits/matrix.py            every column, and a table
    python tests/habits/matrix.py windows    one column

The habits of users' drives have tests of their own, in `tests/system/test_odd_drives.py`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from once_more import once_more  # noqa: E402

TESTS = ("watch", "pipeline", "ledger", "service", "daemon/test_money.py", "daemon/test_main_job.py")
HABITS = {
    "windows": ("windows", "scans_without_inodes", "busy_files", "no_console"),
    "macos": ("macos", "small_socket_buffers", "new_mounts", "slow_keyring"),
}


def run(column: str) -> bool:
    """Run the tests, and print what they say; returns True when all passed."""
    began = time.monotonic()
    cache = Path(".pytest_cache") / column
    options = [word for habit in HABITS[column] for word in ("--habit", habit)] + ["-o", f"cache_dir={cache}"]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "logical", "--dist", "worksteal", "-p", "no:schemathesis", "-m", "not (quality or long)", *options]
    tests = [str(HERE.parent / name) for name in TESTS]
    print(f"== {column}: {', '.join(HABITS[column])}", flush=True)
    done = subprocess.run([*command, *tests], check=False, cwd=HERE.parents[1])
    well = done.returncode == 0 or once_more(*options, cache=cache)
    print(f"-- {column}: {'passed' if well else 'FAILED'} in {time.monotonic() - began:.0f} s\n", flush=True)
    return well


def main(wanted: list[str]) -> int:
    columns = [column for column in HABITS if column in (wanted or HABITS)]
    results = {column: run(column) for column in columns}
    print(*(f"{column:<8} {'passed' if well else 'FAILED'}" for column, well in results.items()), sep="\n")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
