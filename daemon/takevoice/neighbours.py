"""What the takevoices of one user on one machine tell each other: the folders that each works in.

Each has a small JSON file in a folder that only the user can use. It counts as long as its process holds the lock of its
owner in its state dir (`process_lock`): what a killed one has left is removed by the others.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice.files import write_atomic
from takevoice.paths import StateDir
from takevoice.process_lock import is_locked
from takevoice.system import place

FRESH = 3600.0  # seconds after which the own file is touched: systems remove old temporary files


@dataclass(frozen=True)
class Neighbour:
    """A takevoice that is running with another state dir."""

    state: Path
    owner: str  # whose jobs it works on
    pid: int
    folders: tuple[Path, ...]  # by their real paths
    token: str  # another one for each change of the folders
    knows: frozenset[str]  # the tokens that it has seen: it claims its takes in those folders


class Neighbourhood:
    """The folder with the files of all; used from one thread at a time."""

    def __init__(self, folder: Path, state: StateDir, owner: str) -> None:
        """`folder` exists, and only the user can use it. `owner`: whose lock this process holds in the state dir."""
        self._folder, self._state, self._owner = folder, state, owner
        key = hashlib.sha256(os.fsencode(state.path) + b"\0" + owner.encode()).hexdigest()[:16]
        self._own = folder / f"{key}.json"
        self._said: tuple[Path, ...] = ()
        self._knows: frozenset[str] = frozenset()
        self._token = ""

    @property
    def token(self) -> str:
        """What the others have to know before this process begins; empty while nothing was announced."""
        return self._token

    def announce(self, folders: Iterable[Path]) -> None:
        """Say which folders this process works in, by their real paths. Raises OSError."""
        said = tuple(sorted(set(folders)))
        if said != self._said or not self._token:
            self._said, self._token = said, secrets.token_hex(8)
            self._write()

    def acknowledge(self, tokens: Iterable[str]) -> None:
        """Say which others are known to this process. Raises OSError."""
        knows = frozenset(tokens)
        if knows != self._knows:
            self._knows = knows
            self._write()

    def keep(self) -> None:
        """Make the own file again if something has removed it, and keep it from growing old. Raises OSError."""
        if not self._token:
            return
        try:
            if time.time() - self._own.stat().st_mtime > FRESH:
                os.utime(self._own)
        except FileNotFoundError:
            self._write()

    def withdraw(self) -> None:
        """Say that this process ends."""
        place.remove(self._own)

    def others(self) -> Sequence[Neighbour]:
        """Return those that are running with other state dirs, in no order. Raises OSError."""
        found = []
        for path in self._folder.glob("?" * 16 + ".json"):
            if path == self._own:
                continue
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                other = _read(path)
                if other.state == self._state.path:
                    continue  # they agree in the ledger
                if is_locked(StateDir(other.state).owner_lock(other.owner), patience=0.0):
                    found.append(other)
                else:
                    place.remove(path)
        return found

    def _write(self) -> None:
        values = {
            "state": str(self._state.path),
            "owner": self._owner,
            "pid": os.getpid(),
            "folders": [str(folder) for folder in self._said],
            "token": self._token,
            "knows": sorted(self._knows),
        }
        write_atomic(self._own, json.dumps(values, ensure_ascii=True).encode("ascii"))


def _read(path: Path) -> Neighbour:
    """Raises OSError, and ValueError, KeyError or TypeError for a file that is damaged or of another version."""
    values = json.loads(path.read_text("ascii"))
    return Neighbour(
        Path(values["state"]),
        str(values["owner"]),
        int(values["pid"]),
        tuple(Path(folder) for folder in values["folders"]),
        str(values["token"]),
        frozenset(values["knows"]),
    )
