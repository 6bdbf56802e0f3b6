"""The workstations of a soak: daemons that are killed, suspended and measured, and the commands of the people at them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from support import Cli

QUICK = "from takevoice.service import claim_keeper as k; k.LOOK, k.BEAT, k.STALE, k.IDLE = 0.5, 1.0, 6.0, 2.0"
"""Machines count as not running after 6 seconds instead of 90, so that this happens often."""
START = f"import sys; {QUICK}; from takevoice.cli import main; sys.exit(main(sys.argv[1:]))"
WARM = 20.0  # seconds after which the memory of a daemon counts
BROKEN = ("[defaults\nvoice = ", "[defaults]\nvoice = 7\n", "[defaults]\nvoices = 'ada'\n", "backend = ")


@dataclass
class Life:
    """One run of a daemon: its memory in MB and open files, `WARM` seconds after the start and at the end."""

    began: float
    seconds: float = 0.0
    first: tuple[float, int] = (0.0, 0)
    last: tuple[float, int] = (0.0, 0)
    most: tuple[float, int] = (0.0, 0)


@dataclass
class Asked:
    """A command that is running, and what to do with its output at the end."""

    words: tuple[str, ...]
    process: subprocess.Popen[bytes]
    on_end: Callable[[int, str, str], None]
    out: Path
    kill_at: float = float("inf")


class Machine(Cli):
    """One workstation."""

    def __init__(self, home: Path, settings: str, folders: dict[Path, bool]) -> None:
        """`folders`: what it watches, and whether that is shared."""
        super().__init__(home)
        home.mkdir()
        self.name, self._settings = home.name, settings
        tables = (f"[[watch]]\nfolder = '{path}'\nshared = {str(shared).lower()}\n" for path, shared in folders.items())
        self._folders = "".join(tables)
        self.running: subprocess.Popen[bytes] | None = None
        self.suspended, self.wanted, self.broken, self._ending = False, False, False, False
        self.lives: list[Life] = []
        self.asked: list[Asked] = []
        self.suspensions: list[tuple[float, float]] = []
        self.wrong: list[str] = []
        self._numbers = 0
        self.set_voice("ada")

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "ELEVENLABS_API_KEY": self.name, "NO_PROXY": "127.0.0.1"}

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-c", START)

    def set_voice(self, voice: str) -> None:
        """Save a config with this voice."""
        self.voice, self.broken = voice, False
        self.config(f"{self._settings}{self._folders}[defaults]\nvoice = '{voice}'\n[osc]\nport = 0\n")

    def break_config(self, number: int) -> None:
        """Save a config that cannot be used."""
        self.broken = True
        self.config(BROKEN[number % len(BROKEN)])

    def start(self) -> None:
        """Start the daemon, now or as soon as the last one has ended."""
        self.wanted = True
        self.tick()

    def end(self, number: int) -> None:
        """Send the daemon a signal that ends it; one that waits for a share that hangs may take its time."""
        self.wanted = False
        if self.running is not None:
            self._ending = True
            self.running.send_signal(number)

    def suspend(self) -> None:
        """Suspend the daemon."""
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGSTOP)
            self.suspended = True
            self.suspensions.append((time.time(), float("inf")))

    def resume(self) -> None:
        """Let the daemon continue."""
        if self.suspended and self.running is not None:
            self.suspensions[-1] = (self.suspensions[-1][0], time.time())
            self.running.send_signal(signal.SIGCONT)
        self.suspended = False

    def ask(self, *words: object, on_end: Callable[[int, str, str], None], kill_after: float = float("inf")) -> None:
        """Run a command next to everything else; `kill_after`: kill it after so many seconds."""
        self._numbers += 1
        out = self.home / f"command-{self._numbers}"
        with out.with_suffix(".out").open("wb") as stdout, out.with_suffix(".err").open("wb") as stderr:
            line = [*self.command, *map(str, words)]
            process = subprocess.Popen(line, stdout=stdout, stderr=stderr, env=os.environ | self.env, cwd=self.home)
        self.asked.append(Asked(tuple(map(str, words)), process, on_end, out, time.monotonic() + kill_after))

    def tick(self) -> None:
        """See what has ended, and start the daemon where it is wanted."""
        for asked in list(self.asked):
            if asked.process.poll() is not None:
                self.asked.remove(asked)
                self._ended(asked)
            elif time.monotonic() > asked.kill_at:
                asked.process.kill()
        if self.running is not None and self.running.poll() is not None:
            if not self._ending and not self.broken:
                last = (self.home / "log").read_text("utf-8", "replace").splitlines()[-3:]
                self.wrong.append(f"{self.name} ended by itself with {self.running.returncode}: {last}")
            self.running, self.suspended, self._ending = None, False, False
        if self.running is None and self.wanted and not self.broken:
            with (self.home / "log").open("ab") as log:
                line = [*self.command, "run"]
                self.running = subprocess.Popen(line, stdout=log, stderr=log, env=os.environ | self.env, cwd=self.home)
            self.lives.append(Life(time.monotonic()))

    def measure(self) -> None:
        """Note the memory and the open files of the daemon."""
        if self.running is None or self.suspended:
            return
        life = self.lives[-1]
        life.seconds = time.monotonic() - life.began
        try:
            process = psutil.Process(self.running.pid)
            now = (process.memory_info().rss / 1e6, process.num_fds())
        except psutil.Error:
            return
        if life.seconds >= WARM and now[0]:  # it is not being killed
            life.first = life.first if life.first[0] else now
            life.last = now
            life.most = (max(life.most[0], now[0]), max(life.most[1], now[1]))

    def _ended(self, asked: Asked) -> None:
        out, err = (asked.out.with_suffix(suffix).read_text("utf-8", "replace") for suffix in (".out", ".err"))
        if "Traceback" in err:
            self.wrong.append(f"{self.name}: {' '.join(asked.words)}: {err[-1500:]}")
        else:
            for suffix in (".out", ".err"):
                asked.out.with_suffix(suffix).unlink()
        asked.on_end(asked.process.returncode, out, err)
