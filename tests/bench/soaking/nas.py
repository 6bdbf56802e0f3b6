"""A share by FUSE that hangs, is unmounted, loses its server, and comes back."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from drives import FUSERMOUNT, ODD_DRIVE
from support import wait_for


class Nas:
    """The share. `server` is the folder on its server; nothing here looks through the mount, but for its being mounted."""

    def __init__(self, server: Path, mount: Path) -> None:
        self.server, self.mount = server, mount
        self._process: subprocess.Popen[bytes] | None = None
        self.away = False  # it hangs, or is not mounted

    def come(self) -> None:
        """Mount it, or let it answer again."""
        self.away = False
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            return
        process = subprocess.Popen([sys.executable, ODD_DRIVE, self.server, self.mount, ""])
        wait_for(lambda: self.mount.is_mount() or process.poll() is not None)
        self._process = process

    def hang(self) -> None:
        """Let it answer nothing."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
            self.away = True

    def leave(self, *, killed: bool = False) -> None:
        """Unmount it; `killed`: its server is gone first, so that all that is asked of it fails."""
        self.away = True
        process, self._process = self._process, None
        if process is None:
            return
        if killed:
            process.kill()
            process.wait()
            time.sleep(0.5)
        subprocess.run([str(FUSERMOUNT), "-uz", self.mount], check=False)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:  # a daemon has a file open there
            process.kill()
            process.wait()
