"""Files that are read with await, such as those of aiofiles and anyio, or an upload of a web framework, for the code that reads in a thread."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any


def is_async_file(audio: object) -> bool:
    """Return True for an open file whose `read` must be awaited."""
    return inspect.iscoroutinefunction(getattr(audio, "read", None))


class AsyncFile:
    """Reads such a file from worker threads, while its event loop runs. Its owner closes it."""

    def __init__(self, file: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop = file, loop
        self.name = getattr(file, "name", None) or getattr(file, "filename", None)

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes."""
        return bytes(self._result(self._file.read(size)))

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position; return it, from the beginning."""
        return int(self._result(self._file.seek(offset, whence)))

    def tell(self) -> int:
        """Return the position."""
        return int(self._result(self._file.tell()))

    def seekable(self) -> bool:
        """Return True if it has positions. What a web framework or an HTTP client has may not know of any."""
        if not (hasattr(self._file, "seekable") and hasattr(self._file, "tell")):
            return False
        return bool(self._result(self._file.seekable()))

    def _result(self, given: Any) -> Any:
        if not inspect.isawaitable(given):
            return given

        async def awaited() -> Any:
            return await given

        return asyncio.run_coroutine_threadsafe(awaited(), self._loop).result()
