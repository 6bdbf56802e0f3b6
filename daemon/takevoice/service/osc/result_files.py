"""`results/<request id>.json` in the state dir, for scripts that can read a file but not a socket."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from takevoice.errors import printable
from takevoice.files import write_atomic
from takevoice.jobs import Job, State
from takevoice.pipeline.excerpts import in_users_words
from takevoice.settings import RESERVED
from takevoice.system import place
from takevoice.system.private import private_folder

log = logging.getLogger(__name__)

KEPT = 5_000  # files
TIDY_EVERY = 500  # files written
MAX_NAME = 120  # characters


def result_name(request_id: str) -> str:
    """Return the file's name: letters, digits, - _ and . as they are, every other byte as %XX, as in URLs.

    Long names end in a hash; a name that some system reserves or hides begins with %.
    """
    name = _quoted(request_id)
    if len(name) > MAX_NAME:
        name = (
            name[:80] + "-" + hashlib.sha256(request_id.encode("utf-8", "backslashreplace")).hexdigest()[:32]
        )
    return f"{name}.json"


def _quoted(request_id: str) -> str:
    name = quote(request_id, safe="", errors="surrogateescape").replace("~", "%7E")
    if name.startswith(".") or name.partition(".")[0].lower() in RESERVED:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return name


def is_plain_result_name(request_id: str) -> bool:
    """Return True for an id whose result file has the name that `result_name` describes, without a hash."""
    return len(_quoted(request_id)) <= MAX_NAME


def result_of(job: Job) -> dict[str, Any]:
    """Return what a script wants to know about a job that has ended: flat, and without nulls."""
    return {
        "state": job.state.value,
        "job": job.id,
        "path": str(job.source),
        "output": str(job.output) if job.output and job.state is State.DONE else "",
        "code": "" if job.state is State.DONE else job.error_code or job.state.value,
        "text": "" if job.state is State.DONE else in_users_words(job.error, job) or f"the job is {job.state}",
        "track": job.track,
        "voice": job.voice,
        "start": job.options.start,
        "frames": job.frames,
        "sample_rate": job.sample_rate,
        **placement_of(job),
    }


def placement_of(job: Job) -> dict[str, float]:
    """Return where the answer was placed against its take; empty where that is unknown."""
    if job.offset_ms is None or job.drift_ms is None or job.correlation is None:
        return {}
    return {"offset_ms": job.offset_ms, "drift_ms": job.drift_ms, "correlation": job.correlation}


class ResultFiles:
    """The folder of result files; the oldest are removed when there are too many."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._written = 0

    def write(self, request_id: str, content: Mapping[str, Any], name: str = "") -> None:
        """Write one whole or not at all; a failure is only logged, for it does not affect the job.

        `name`: that of the file, where the id gives it none.
        """
        path = self._folder / (name or result_name(request_id))
        data = json.dumps({"id": request_id, **content}, indent=1) + "\n"
        with self._lock:
            try:
                private_folder(self._folder)
                write_atomic(path, data.encode("ascii"))
                self._written += 1
                if self._written % TIDY_EVERY == 0:
                    self.remove_oldest()
            except OSError as error:
                log.error("%s cannot be written: %s", printable(path), error.strerror)

    def is_older(self, request_id: str, time: float) -> bool:
        """Return whether there is a file of this request that was written before a Unix time."""
        try:
            return (self._folder / result_name(request_id)).stat().st_mtime < time
        except OSError:
            return False

    def remove_oldest(self) -> None:
        """Remove the oldest files beyond `KEPT`."""
        if not self._folder.is_dir():
            return
        with os.scandir(self._folder) as entries:
            found = sorted((e.stat().st_mtime, e.path) for e in entries if e.name.endswith(".json"))
        for _, path in found[:-KEPT]:
            place.remove(Path(path))
