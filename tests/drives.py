"""Drives by FUSE, with the habits of `habits/odd_drive.py`, and one that stops answering."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import wait_for

ODD_DRIVE = Path(__file__).parent / "habits" / "odd_drive.py"
FUSERMOUNT = shutil.which("fusermount") or shutil.which("fusermount3")

without_habits = pytest.mark.skipif(
    bool(os.environ.get("TAKEVOICE_HABITS")), reason="the drive, or the mount, has this system's habits"
)
needs_fuse = pytest.mark.skipif(
    not Path("/dev/fuse").exists() or FUSERMOUNT is None, reason="needs FUSE (apt-get install fuse3 libfuse2)"
)


@contextmanager
def mounted(source: Path, mount: Path, habits: str = "") -> Iterator[Drive]:
    """The folder `source` as a drive with these habits."""
    process = subprocess.Popen([sys.executable, ODD_DRIVE, source, mount, habits])
    try:
        wait_for(lambda: mount.is_mount() or process.poll() is not None)
        assert mount.is_mount(), "the drive cannot be mounted"
        yield Drive(process)
    finally:
        process.send_signal(signal.SIGCONT)
        subprocess.run([str(FUSERMOUNT), "-uz", mount], check=False)
        process.wait(10)


class Drive:
    """A mounted drive."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def hang(self) -> None:
        """Answer nothing any more, as a share does whose server is gone."""
        self._process.send_signal(signal.SIGSTOP)

    def lose_server(self) -> None:
        """Fail at everything from now on, until it is unmounted: what is asked gets ENOTCONN."""
        self._process.kill()
        self._process.wait()

    def answer(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self._process.send_signal(signal.SIGCONT)
