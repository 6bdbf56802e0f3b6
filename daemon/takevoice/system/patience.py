"""Calls of the file system with a deadline: where a server is gone, a call may keep its caller waiting for ever."""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


class NoAnswer(OSError):
    """The file system did not answer in time."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.ETIMEDOUT, "its file system does not answer", str(path))


class _Call(Generic[T]):
    """One call in a thread of its own, which is left behind when it takes too long."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call, self._error = call, None
        self.thread = threading.Thread(target=self._run, name="patience", daemon=True)
        self.thread.start()

    _result: T
    _error: BaseException | None

    def _run(self) -> None:
        try:
            self._result = self._call()
        except BaseException as error:
            self._error = error

    def result(self) -> T:
        """Return what the call returned, or raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result


def within(seconds: float, path: Path, call: Callable[[], T]) -> T:
    """Return what `call` returns, which asks the file system about `path`.

    Raises:
        NoAnswer: it takes longer than `seconds`; its thread is left behind.
    """
    made = _Call(call)
    made.thread.join(seconds)
    if made.thread.is_alive():
        raise NoAnswer(path)
    return made.result()


def without_answer(folders: Iterable[Path], seconds: float) -> frozenset[Path]:
    """Return those of the folders whose file systems do not answer within `seconds`; all are asked at once."""
    calls = {folder: _Call(lambda folder=folder: _exists(folder)) for folder in folders}  # type: ignore[misc]
    deadline = time.monotonic() + seconds
    for made in calls.values():
        made.thread.join(max(0.0, deadline - time.monotonic()))
    return frozenset(folder for folder, made in calls.items() if made.thread.is_alive())


def _exists(folder: Path) -> None:
    with contextlib.suppress(OSError, ValueError):
        folder.stat()
