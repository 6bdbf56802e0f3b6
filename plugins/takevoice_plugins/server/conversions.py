"""Running conversions. Each has a thread that writes to a file on disk, from which the response is sent.

So a slow client takes neither memory nor one of the few threads.
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

from takevoice import errors
from takevoice_plugins.server.problems import ClientDisconnected, Problem, failure_of, too_many

log = logging.getLogger("takevoice.server")
CHUNK = 65_536  # bytes

ChunkProducer = Callable[[Callable[[], bool]], Iterator[bytes]]
"""Yields encoded audio. Its argument is a function that returns True once the conversion must stop."""


class BufferedConversion:
    """A conversion whose output is buffered in a file. `run` is for a thread, all else for the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `run` or `close`, whichever is last
        self._closed = False
        self.size = 0
        self.done = False
        self.error: Problem | None = None

    def run(self, work: ChunkProducer) -> None:
        """Run `work` until it is done or stopped. Its error is in `error` afterwards."""
        try:
            with closing(work(self._stopped.is_set)) as chunks:  # type: ignore[type-var]
                for chunk in chunks:
                    if self._stopped.is_set():
                        break
                    self._append(chunk)
        except ClientDisconnected:
            pass
        except Exception as error:
            self.error = failure_of(error)
            if self.error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                if isinstance(error, errors.TakevoiceError):
                    log.error("a conversion failed: %s", error)
                else:
                    log.exception("a conversion failed; this is a fault of takevoice")
        finally:
            with self._lock:
                self.done = True
                if self._closed:
                    self._file.close()
            self._notify()

    def _append(self, chunk: bytes) -> None:
        if not chunk:
            return
        with self._lock:
            self._file.seek(self.size)
            self._file.write(chunk)
            self.size += len(chunk)
        self._notify()

    def _notify(self) -> None:
        # The loop may have ended while the thread was still running.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)

    async def wait_for_bytes(self, position: int = 0) -> None:
        """Wait until there are bytes after `position`, or the conversion has ended."""
        while self.size <= position and not self.done:
            self._changed.clear()
            await self._changed.wait()

    async def wait_until_done(self) -> None:
        """Wait until the conversion has ended."""
        while not self.done:
            self._changed.clear()
            await self._changed.wait()

    def read(self, position: int) -> bytes:
        """Return a chunk of the bytes from `position` on; b"" if there are none yet."""
        with self._lock:
            self._file.seek(position)
            return self._file.read(min(CHUNK, self.size - position))

    def close(self) -> None:
        """Stop the conversion if it is running, and delete the file."""
        self._stopped.set()
        with self._lock:
            self._closed = True
            if self.done:
                self._file.close()


class ConversionPool:
    """Threads for a limited number of conversions at a time."""

    def __init__(self, limit: int) -> None:
        self._limit, self.running = limit, 0
        self._threads = ThreadPoolExecutor(limit, "conversion")

    @property
    def headers(self) -> dict[str, str]:
        """Response headers with the number of running conversions and its limit."""
        return {
            "current-concurrent-requests": str(self.running),
            "maximum-concurrent-requests": str(self._limit),
        }

    def check_room(self) -> None:
        """Do nothing if a conversion could start now; raises Problem if the limit is reached."""
        if self.running >= self._limit:
            raise too_many(self.headers)

    def start(self, work: ChunkProducer) -> BufferedConversion:
        """Start a conversion.

        Raises:
            Problem: the limit is reached.
        """
        self.check_room()
        conversion = BufferedConversion()
        self.running += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, conversion.run, work)
        future.add_done_callback(lambda _: self._ended())
        return conversion

    def _ended(self) -> None:
        self.running -= 1

    async def close(self, patience: float) -> None:
        """Wait up to `patience` seconds for the running conversions, which their responses have stopped."""
        self._threads.shutdown(wait=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self.running:
                    await asyncio.sleep(0.02)
