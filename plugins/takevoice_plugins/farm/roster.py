"""The workers that have given a sign of life, for whoever runs the house."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from takevoice import write_atomic
from takevoice_plugins.server.engine_version import BUILD

SIGN = 5.0  # seconds between two signs of life
SILENT = 20.0  # seconds after which a worker counts as silent
FORGOTTEN = 86_400.0  # seconds after which a silent worker is no longer listed
WORKERS = "workers.json"
STOPPED = "stopped"  # the state in the last sign of a worker
CHECKED = "checked"  # the state in the sign of a `takevoice worker --check`, which is not a worker


class Sign(BaseModel):
    """A sign of life of one slot of a worker."""

    model_config = ConfigDict(frozen=True)

    worker: str = Field(max_length=80)  # the same for all slots of a `takevoice worker`
    slot: int = Field(ge=1, le=1_000)
    slots: int = Field(ge=1, le=1_000)
    host: str = Field(max_length=255)
    queue: str = Field(max_length=16)
    version: str = Field(max_length=40)
    doing: str = Field(default="", max_length=200)  # what is being converted, for people
    doing_seconds: float = 0.0  # for how long
    done: int = 0  # takes
    audio_seconds: float = 0.0  # of the takes that are done
    state: str = Field(default="working", max_length=200)


class Roster:
    """All workers that were heard of in the last day. Thread-safe.

    `path`: a file for `takevoice house workers`, and for the next start.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path, self._clock, self._lock = path, clock, threading.Lock()
        self._signs = _load(path)
        self._saved = True

    def heard(self, name: str, sign: Sign) -> None:
        """Note a sign of life of a worker whose key has this name."""
        if sign.state == CHECKED:
            return
        with self._lock:
            now = self._clock()
            self._signs[sign.worker, sign.slot] = (now, name, sign)
            self._signs = {
                key: entry for key, entry in self._signs.items() if now - entry[0] < FORGOTTEN
            }
            self._saved = False

    def serves(self, queue: str) -> bool:
        """Return True if a worker of this queue and this version is there."""
        with self._lock:
            since = self._clock() - SILENT
            return any(
                at >= since and sign.queue == queue and sign.version == BUILD and sign.state != STOPPED
                for at, _, sign in self._signs.values()
            )

    def save(self) -> None:
        """Write the file, if there is something new."""
        with self._lock:
            if self._path is None or self._saved:
                return
            entries, self._saved = list(self._signs.values()), True
        stored = [{"at": at, "name": name, "sign": sign.model_dump()} for at, name, sign in entries]
        with suppress(OSError):  # the next time
            write_atomic(self._path, json.dumps(stored).encode())

    def workers(self) -> list[dict[str, Any]]:
        """Return each worker with what it does, the most recently heard first."""
        with self._lock:
            entries, now = list(self._signs.values()), self._clock()
        by_worker: dict[str, list[tuple[float, str, Sign]]] = {}
        for entry in entries:
            by_worker.setdefault(entry[2].worker, []).append(entry)
        found = [_summary(worker, slots, now) for worker, slots in by_worker.items()]
        return sorted(found, key=lambda each: (each["seconds_ago"] > SILENT, each["name"], each["host"], each["worker"]))


def _summary(worker: str, entries: list[tuple[float, str, Sign]], now: float) -> dict[str, Any]:
    at, name, last = max(entries, key=lambda entry: entry[0])
    alive = [sign for heard, _, sign in entries if now - heard <= SILENT]
    return {
        "worker": worker,
        "name": name,
        "host": last.host,
        "queue": last.queue,
        "version": last.version,
        "slots": last.slots,
        "state": last.state if alive else "silent",
        "doing": [sign.doing for sign in alive if sign.doing],
        "done": sum(sign.done for _, _, sign in entries),
        "audio_seconds": round(sum(sign.audio_seconds for _, _, sign in entries), 1),
        "seconds_ago": round(now - at, 1),
    }


def _load(path: Path | None) -> dict[tuple[str, int], tuple[float, str, Sign]]:
    """Return what the file has; nothing if it cannot be read."""
    found: dict[tuple[str, int], tuple[float, str, Sign]] = {}
    if path is None:
        return found
    with suppress(OSError, ValueError, KeyError, TypeError):
        for entry in json.loads(path.read_text("utf-8")):
            sign = Sign.model_validate(entry["sign"])
            found[sign.worker, sign.slot] = (float(entry["at"]), str(entry["name"]), sign)
    return found
