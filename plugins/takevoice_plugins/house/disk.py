"""Room on the disk of the house's server: looked after before a take is let in, and before anything is paid."""

from __future__ import annotations

import errno
import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import Request
from fastapi.responses import JSONResponse

from takevoice import OUTPUT_FORMATS, errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.rows import Row
from takevoice_plugins.server.problems import Problem, failure_response, problem_response

log = logging.getLogger("takevoice.house")
SPARE = 32 << 20  # bytes that stay free for the ledger and its journal
UPLOAD = 2  # times its size that an upload needs: itself, and what is decoded of it
_MOST_PER_SECOND = 96_000.0  # bytes of an answer whose format says nothing: 48 kHz, 16 bit
_MARGIN, _HEADER = 1.1, 65_536  # an answer may be a little longer than the take
_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM)
_SQLITE_FULL = "database or disk is full"


def answer_size(row: Row) -> int:
    """Return how many bytes the answer to a request has at most."""
    known = OUTPUT_FORMATS.get(str(row.request.get("output_format", "")))
    return int(_MARGIN * row.seconds * (known.bytes_per_second if known else _MOST_PER_SECOND)) + _HEADER


class Disk:
    """The disk of a folder. What is promised counts as used; thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._promised, self._was_full = 0, False

    def problem(self, size: int = 0) -> str:
        """Return that there is no room for `size` bytes besides what is promised; "" if there is, or the disk does not tell."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return ""
        needed = self._promised + size + SPARE
        full = free < needed
        text = f"{needed / 1e6:,.0f} MB are needed, {free / 1e6:,.0f} MB are free" if full else ""
        self._note(text)
        return text

    @contextmanager
    def promise(self, size: int) -> Iterator[None]:
        """Keep room for `size` bytes. Raises Problem: there is none."""
        with self._lock:
            if self.problem(size):
                raise answers.no_room()
            self._promised += size
        try:
            yield
        finally:
            with self._lock:
                self._promised -= size

    def refusal_for(self, error: Exception) -> Problem | None:
        """Return the refusal for a request that the disk or the ledger has failed; None for an error of another kind."""
        if _is_full(error):
            self._note(str(error))
            return answers.no_room()
        if isinstance(error, errors.LedgerError) or (isinstance(error, OSError) and error.errno in _REFUSED):
            log.error("a request has to wait: %s", error)
            return answers.problem(503, "service_unavailable", "The house cannot write to its disk now.", 10)
        return None

    def _note(self, full: str) -> None:
        """Log when the disk is full, and when it is not any more."""
        if full and not self._was_full:
            log.error(
                "The disk of the house is full (%s: %s). New takes are refused and nothing is sent until there is room; the stations "
                "keep their takes and come back. Free some space, or lower keep_gb in house.toml.", self._folder, full,
            )  # fmt: skip
        elif self._was_full and not full:
            log.info("the disk of the house has room again")
        self._was_full = bool(full)


def disk_failure(request: Request, error: Exception) -> JSONResponse:
    """Return the response where the disk or the ledger has failed: status 503, so that the station comes back."""
    refusal = request.app.state.house.work.disk.refusal_for(error)
    if refusal is not None:
        return problem_response(request, refusal)
    log.error("a request failed; this is a fault of takevoice", exc_info=error)
    return failure_response(request, error)


def _is_full(error: Exception) -> bool:
    return getattr(error, "errno", None) in _FULL or (isinstance(error, errors.LedgerError) and _SQLITE_FULL in str(error))
