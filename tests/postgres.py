"""A PostgreSQL server of the tests' own: real, in a temporary folder, reachable over a Unix socket only.

PostgreSQL refuses to run as root, so that root runs it as another user.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
USERS = ("postgres", "nobody")  # for root
QUICK = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=16MB")
"""The server may die at any moment, but the machine does not: what was committed is there without fsync."""


class Postgres:
    """A server with as many databases as tests want. `start` and `kill` can be called again and again."""

    def __init__(self, programs: Path, folder: Path, user: str | None) -> None:
        self._programs, self._folder, self._user = programs, folder, user
        self._numbers = count(1)
        self.process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", folder / "data", "-A", "trust", "-U", "takevoice", "-N", "-E", "UTF8", "--locale=C")

    @property
    def log(self) -> str:
        """What the server has logged."""
        return (self._folder / "log").read_text("utf-8", "replace")

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        settings = [word for each in (*QUICK, "listen_addresses=", f"unix_socket_directories={self._folder}") for word in ("-c", each)]
        with (self._folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *settings],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as_user(),
            )
        while not self._answers():
            assert self.process.poll() is None, self.log

    def kill(self) -> None:
        """End the server with SIGKILL, and with it all its connections: the next start recovers."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        # The server's own processes notice that it is gone, but in their own time; the next start waits for that.
        for each in _processes_in(self._folder / "data"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)

    def stop(self) -> None:
        """End the server for good; its data is not needed any more."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)

    def database(self) -> str:
        """Make an empty database; return its connection string."""
        name = f"test{next(self._numbers)}"
        self._run("createdb", "-h", self._folder, "-U", "takevoice", name)
        return f"host={self._folder} dbname={name} user=takevoice"

    def _answers(self) -> bool:
        done = self._run("pg_isready", "-h", self._folder, "-q", check=False)
        return done.returncode == 0

    def _run(self, program: str, *words: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self._programs / program, *map(str, words)],
            capture_output=True,
            text=True,
            cwd=self._folder,
            timeout=120,
            **self._as_user(),
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def _as_user(self) -> dict[str, Any]:
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
        return {"env": env} if self._user is None else {"env": env, "user": self._user, "group": _group(self._user), "extra_groups": []}


def problem() -> str | None:
    """Return why there can be no server here, or None."""
    if sys.platform == "win32":
        return "the tests start PostgreSQL with Unix sockets"
    if _programs() is None:
        return "PostgreSQL is not installed (Debian: postgresql)"
    if os.geteuid() == 0 and _user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return None


@contextlib.contextmanager
def running() -> Iterator[Postgres]:
    """Make and start a server; it is stopped and removed afterwards. Check `problem` before."""
    programs, user = _programs(), _user()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="tv-pg-", dir="/tmp"))  # a socket's path has at most 103 characters
    if user is not None:
        shutil.chown(folder, user)
    folder.chmod(0o711)
    try:
        server = Postgres(programs, folder, user)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    places = [Path(found).parent] if (found := shutil.which("postgres")) else []
    for pattern in PLACES:
        places += sorted(Path("/").glob(pattern[1:]), reverse=True)
    return next((place.resolve() for place in map(_real, places) if (place / "initdb").exists()), None)


def _real(place: Path) -> Path:
    return (place / "postgres").resolve().parent if (place / "postgres").exists() else place


def _user() -> str | None:
    """Return the user to run the server as; None for this one, or if there is none."""
    if os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in USERS if name in names), None)


def _group(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def _processes_in(folder: Path) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter(["pid", "name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if process.info["name"] == "postgres" and process.cwd() == str(folder):
                found.append(process.info["pid"])
    return found
