"""Workers as processes, for tests and benches."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from farm.desk import TOKEN
from support import Cli


@contextmanager
def worker(cli: Cli, url: str, database: str, *words: object, slots: int = 1, name: str = "worker", key: str = TOKEN) -> Iterator[Worker]:
    """Run `takevoice worker` in the background; it is killed at the end if it has not ended."""
    log = cli.home / f"{name}.log"
    line = [*cli.command, "worker", "--house", url, "--slots", slots, *words]
    env = {**os.environ, **cli.env, "TAKEVOICE_WORKER_KEY": key, "TAKEVOICE_DATABASE": database}
    with log.open("ab") as file:
        process = subprocess.Popen([*map(str, line)], stdout=file, stderr=file, env=env, cwd=cli.home)
    running = Worker(process, log)
    try:
        yield running
    finally:
        running.kill()


class Worker:
    """A running `takevoice worker`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text("utf-8", "replace")

    def slots(self) -> list[psutil.Process]:
        """The processes of its slots."""
        try:
            children = psutil.Process(self.process.pid).children()
            return [each for each in children if "spawn_main" in " ".join(each.cmdline())]
        except psutil.Error:
            return []

    def kill(self) -> None:
        """End it and its slots, as when the machine loses its power."""
        slots = self.slots()
        self.process.kill()
        for each in slots:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                pass
        self.process.wait()
