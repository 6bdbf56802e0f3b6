"""Who this takevoice is to those on other machines, and which claims it has: kept in the state dir."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import json
import os
import platform
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from takevoice.claim_files import FOLDER, Note
from takevoice.files import storage_error, write_atomic
from takevoice.jobs import Job
from takevoice.system import place
from takevoice.system.private import private_folder

_OWNER = "owner"


class Spot(NamedTuple):
    """Where the claim on one take is: for equal audio and equal settings in one folder it is the same, whatever the file's name."""

    folder: Path
    key: str

    @classmethod
    def of(cls, job: Job) -> Spot:
        """Return where the claim of a planned job is."""
        key = hashlib.sha256(f"{job.audio_hash} {job.settings_hash}".encode()).hexdigest()[:32]
        return cls(job.path.parent / FOLDER, key)

    @property
    def claim(self) -> Path:
        """The file of whoever converts the take. It is taken over when its owner has died."""
        return self.folder / f"{self.key}.claim"

    @property
    def sent(self) -> Path:
        """The file of whoever has sent the take to a backend that costs money. It is never taken over but by a person."""
        return self.folder / f"{self.key}.sent"


class ClaimOwner:
    """The identity of a state dir on this machine, and a file for each claim that it has somewhere."""

    def __init__(self, folder: Path) -> None:
        """`folder` is in the state dir; it is created when it is first needed."""
        self._folder, self._id = folder, ""
        self._host = platform.node()

    @property
    def id(self) -> str:
        """The identity. A copy of the state dir on another machine has another one."""
        if not self._id:
            text = f"{self._stored()} {self._host.partition('.')[0].casefold()}"
            self._id = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self._id

    def note(self, job: Job) -> Note:
        """Return what a new claim for the job says. Raises StorageError."""
        name = os.fsencode(job.path.name).decode("utf-8", "replace")
        return Note(self.id, self._host, _user(), os.getpid(), job.id, name, int(time.time()))

    def record(self, spot: Spot, job_id: int) -> None:
        """Note a claim before it is made: the next start looks after it. Raises StorageError."""
        stored = {"folder": str(spot.folder), "key": spot.key, "job": job_id}
        self._store(_record_name(spot), json.dumps(stored).encode("ascii"))

    def forget(self, spot: Spot) -> None:
        """Forget a claim that is no longer ours to look after."""
        place.remove(self._folder / _record_name(spot))

    def recorded(self) -> Iterator[tuple[Spot, int]]:
        """Yield the claims that an earlier run may have left, each with its job."""
        for path in sorted(self._folder.glob("?" * 32)):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                stored = json.loads(path.read_text("ascii"))
                yield Spot(Path(stored["folder"]), str(stored["key"])), int(stored["job"])

    def _stored(self) -> str:
        path = self._folder / _OWNER
        for _ in range(2):
            with contextlib.suppress(FileNotFoundError):
                return path.read_text("ascii").strip()
            part = self._folder / f"{_OWNER}.{secrets.token_hex(6)}"
            self._store(part.name, secrets.token_hex(16).encode("ascii"))
            with contextlib.suppress(FileExistsError):  # another process of this state dir was quicker
                place.rename_new(part, path)
            place.remove(part)
        return path.read_text("ascii").strip()

    def _store(self, name: str, data: bytes) -> None:
        path = self._folder / name
        try:
            private_folder(self._folder)
            write_atomic(path, data)
        except OSError as error:
            raise storage_error("cannot be written", path, error) from error


def _record_name(spot: Spot) -> str:
    """Return the name of the file about a claim: the same take may be claimed in several folders."""
    return hashlib.sha256(os.fsencode(spot.claim)).hexdigest()[:32]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
