"""Runs the watcher, pipeline, ledger, service and money tests under the habits of other systems and of users' drives.

    python tests/habits/matrix.py            every column, and a table
    python tests/habits/matrix.py windows    one column

A column of drives needs FUSE (/dev/fuse, libfuse2 and fusermount, mfusepy); without, it is left out, and that is said.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
TESTS = ("watch", "pipeline", "ledger", "service", "daemon/test_money.py", "daemon/test_main_job.py")
HABITS = {
    "windows": ("windows", "scans_without_inodes", "busy_files", "no_console"),
    "macos": ("macos", "small_socket_buffers", "new_mounts", "slow_keyring"),
}
DRIVES = {
    "exfat": "no_links,no_modes,any_case,two_seconds,held",
    "share": "decomposed,any_case,open_is_held,others,no_sync",
}


@contextmanager
def odd_drive(habits: str) -> Iterator[Path]:
    """A mounted drive with these habits."""
    with tempfile.TemporaryDirectory() as folder:
        source, mount = Path(folder) / "source", Path(folder) / "mount"
        source.mkdir()
        mount.mkdir()
        process = subprocess.Popen([sys.executable, HERE / "odd_drive.py", source, mount, habits])
        try:
            deadline = time.monotonic() + 10
            while not mount.is_mount():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("the drive cannot be mounted")
                time.sleep(0.05)
            yield mount
        finally:
            subprocess.run([shutil.which("fusermount") or "fusermount3", "-uz", mount], check=False)
            process.wait(10)


def run(column: str, *options: str) -> bool:
    """Run the tests; returns True when all passed."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "logical", "--dist", "worksteal", "-m", "not quality", *options]
    done = subprocess.run([*command, *(str(HERE.parent / name) for name in TESTS)], check=False, cwd=HERE.parents[1])
    print(f"-- {column}: {'passed' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s\n", flush=True)
    return done.returncode == 0


def main(wanted: list[str]) -> int:
    results = {}
    for column, habits in HABITS.items():
        if column in (wanted or HABITS):
            print(f"== {column}: {', '.join(habits)}", flush=True)
            results[column] = run(column, *(word for habit in habits for word in ("--habit", habit)))
    for column, habits in DRIVES.items():
        if column not in (wanted or DRIVES):
            continue
        print(f"== {column}: {habits}", flush=True)
        if not Path("/dev/fuse").exists():
            print(f"-- {column}: left out, there is no /dev/fuse\n", flush=True)
            continue
        with odd_drive(habits) as drive:
            results[column] = run(column, f"--basetemp={drive / 'tests'}")
    print(*(f"{column:<8} {'passed' if well else 'FAILED'}" for column, well in results.items()), sep="\n")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
