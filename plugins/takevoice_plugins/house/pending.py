"""Answers that clients wait for. Threads write them to a part file; responses read what is there, as it comes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from weakref import WeakValueDictionary

from takevoice_plugins.server.problems import Problem

CHUNK = 65_536  # bytes


class Pending:
    """One answer. `began`, `grew`, `finished` and `failed` may be called from any thread; all else in the event loop.

    A request that is sent again begins again: `attempt` tells a response that has sent the start of another answer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._changed = asyncio.Event()
        self.path: Path | None = None
        self.size = self.attempt = 0
        self.done = False
        self.problem: Problem | None = None

    def began(self, part: Path) -> None:
        """Note that an answer begins to arrive in this file."""
        self._soon(self._begin, part)

    def grew(self, size: int) -> None:
        """Note how many bytes there are."""
        self._soon(self._grow, size)

    def finished(self, path: Path, size: int) -> None:
        """Note that the whole answer is kept in this file."""
        self._soon(self._finish, path, size)

    def failed(self, problem: Problem) -> None:
        """Note that there will be no answer."""
        self._soon(self._fail, problem)

    def lost(self) -> None:
        """Note that an answer broke off; another attempt, or the history, may bring it whole."""
        self._soon(self._begin, None)

    def _soon(self, change: object, *values: object) -> None:
        # The loop may have ended while a thread was still at work.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(change, *values)  # type: ignore[arg-type]

    def _begin(self, part: Path | None) -> None:
        self.path, self.size, self.attempt = part, 0, self.attempt + 1
        self._notify()

    def _grow(self, size: int) -> None:
        self.size = size
        self._notify()

    def _finish(self, path: Path, size: int) -> None:
        if not self.done:
            self.path, self.size, self.done = path, size, True
            self._notify()

    def _fail(self, problem: Problem) -> None:
        if not self.done:
            self.problem, self.done = problem, True
            self._notify()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for_bytes(self, position: int = 0, attempt: int | None = None) -> None:
        """Wait until there are bytes after `position`, another attempt has begun, or it is done."""
        while not (self.done or (self.path is not None and self.size > position)):
            if attempt is not None and self.attempt != attempt:
                return
            await self._changed.wait()

    async def wait_for_other_path(self, path: Path | None) -> None:
        """Wait until the bytes are in another file than this one, or it is done."""
        while self.path == path and not self.done:
            await self._changed.wait()

    async def wait_until_done(self) -> None:
        """Wait until the answer is kept or there will be none."""
        while not self.done:
            await self._changed.wait()

    def read(self, position: int) -> bytes:
        """Return a chunk of the bytes from `position` on. Raises OSError."""
        if self.path is None or position >= self.size:
            return b""
        # Opened for each chunk: on Windows, a file that is open cannot get its name.
        with self.path.open("rb") as file:
            file.seek(position)
            return file.read(min(CHUNK, self.size - position))


class Pendings:
    """The answers that clients wait for now, by content key. For the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # What is not waited for is forgotten by itself.
        self._all: WeakValueDictionary[str, Pending] = WeakValueDictionary()

    def get(self, content: str) -> Pending:
        """Return the answer to wait for, made where there is none."""
        pending = self._all.get(content)
        if pending is None or pending.done:
            pending = Pending(self._loop)
            self._all[content] = pending
        return pending

    def kept(self, path: Path, size: int) -> Pending:
        """Return an answer that is there already."""
        pending = Pending(self._loop)
        pending.path, pending.size, pending.done = path, size, True
        return pending

    def end(self, content: str) -> Pending:
        """Return the answer to wait for, and forget it: it ends now."""
        pending = self.get(content)
        self._all.pop(content, None)
        return pending
