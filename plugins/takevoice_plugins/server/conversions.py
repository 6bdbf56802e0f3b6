"""Conversions under way: a thread fills a file on disk, the answer reads it as fast as its client does.

So a slow client holds neither memory nor one of the few slots.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http import HTTPStatus

from takevoice_plugins.server.problems import ClientGone, Problem, failure_of, too_many

log = logging.getLogger("takevoice.server")
PIECE = 65_536  # bytes

Work = Callable[[Callable[[], bool]], Iterator[bytes]]
"""Gives the encoded audio; what it is called with tells whether it is to stop."""


class Conversion:
    """One conversion; made and read in the event loop, `run` in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever is last, `run` or `close`
        self._closed = False
        self.size = 0
        self.done = False
        self.error: Problem | None = None

    def run(self, work: Work) -> None:
        """Does the work, until it is done or stopped."""
        try:
            with closing(work(self._stopped.is_set)) as chunks:  # type: ignore[type-var]
                for chunk in chunks:
                    if self._stopped.is_set():
                        break
                    self._append(chunk)
        except ClientGone:
            pass
        except Exception as error:
            self.error = failure_of(error)
            if self.error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.exception("a conversion failed")
        finally:
            with self._lock:
                self.done = True
                if self._closed:
                    self._file.close()
            self._tell()

    def _append(self, chunk: bytes) -> None:
        if not chunk:
            return
        with self._lock:
            self._file.seek(self.size)
            self._file.write(chunk)
            self.size += len(chunk)
        self._tell()

    def _tell(self) -> None:
        # The loop may have ended while the thread was still at work.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def begun(self, position: int = 0) -> None:
        """Waits until there are bytes after `position`, or no more will come."""
        while self.size <= position and not self.done:
            self._changed.clear()
            await self._changed.wait()

    async def finished(self) -> None:
        """Waits for the end."""
        while not self.done:
            self._changed.clear()
            await self._changed.wait()

    def read(self, position: int) -> bytes:
        """Some of the bytes from there on; b"" when there are none yet."""
        with self._lock:
            self._file.seek(position)
            return self._file.read(min(PIECE, self.size - position))

    def close(self) -> None:
        """Nobody wants the rest: stops the work soon, and drops what there is."""
        self._stopped.set()
        with self._lock:
            self._closed = True
            if self.done:
                self._file.close()


class Conversions:
    """A few at once, each in a thread."""

    def __init__(self, limit: int) -> None:
        self._limit, self.now = limit, 0
        self._threads = ThreadPoolExecutor(limit, "conversion")

    @property
    def headers(self) -> dict[str, str]:
        """How many there are at the moment, and how many there can be."""
        return {
            "current-concurrent-requests": str(self.now),
            "maximum-concurrent-requests": str(self._limit),
        }

    def start(self, work: Work) -> Conversion:
        """Begins one.

        Raises:
            Problem: there are too many.
        """
        if self.now >= self._limit:
            raise too_many(self.headers)
        conversion = Conversion()
        self.now += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, conversion.run, work)
        running.add_done_callback(lambda _: self._ended())
        return conversion

    def _ended(self) -> None:
        self.now -= 1

    def close(self) -> None:
        """Waits for those under way; their answers have stopped them."""
        self._threads.shutdown()
