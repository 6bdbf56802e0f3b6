"""The queue before the child process: one request after another, those of older takes first, else in the order in which they came.

The process is started by the first request, started again by the next one after it has ended, and ended when it is idle.
"""

from __future__ import annotations

import heapq
import itertools
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from takevoice_plugins.neural.child_process import ChildProcess

Answer = tuple[dict[str, Any], bytes]
RETIRING = 2.0  # seconds without a request
PATIENCE = 20.0  # seconds that the process may need for a window that is not wanted any more


class Worker:
    """Runs requests in a thread that lives as long as the process does.

    `start` starts a process and makes it ready; it may raise, and then the request fails. `idle`: seconds.
    """

    def __init__(self, start: Callable[[], ChildProcess], idle: float) -> None:
        self._start, self._idle = start, idle
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int, Mapping[str, Any], bytes, Future[Answer]]] = []  # a heap
        self._numbers = itertools.count()
        self._child: ChildProcess | None = None
        self._thread: threading.Thread | None = None
        self._closed = self._retired = False

    def request(self, header: Mapping[str, Any], payload: bytes = b"", rank: int = 0) -> Future[Answer]:
        """Add a request to the queue, before those of a higher `rank`. A cancelled one that has not begun is skipped."""
        future: Future[Answer] = Future()
        with self._changed:
            if self._closed:
                future.cancel()
                return future
            heapq.heappush(self._waiting, (rank, next(self._numbers), header, payload, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="takevoice-neural", daemon=True)
                self._thread.start()
            self._changed.notify()
        return future

    def abandon(self, future: Future[Answer]) -> None:
        """Give up a request: it is not begun, or its answer is dropped. A process that does not answer soon is ended."""
        if future.cancel() or future.done() or sys.is_finalizing():  # no thread starts then: waiting for it would never end
            return
        timer = threading.Timer(PATIENCE, self._end_if_busy_with, [future])
        timer.daemon = True
        timer.start()

    def _end_if_busy_with(self, future: Future[Answer]) -> None:
        child = self._child
        if child is not None and not future.done():
            child.kill()

    @property
    def pid(self) -> int | None:
        """The number of the process; None while there is none."""
        child = self._child
        return child.pid if child else None

    def retire(self) -> None:
        """End the process as soon as nothing has been asked for a moment; what is asked until then is still done."""
        with self._changed:
            self._retired = True
            self._changed.notify()

    def close(self) -> None:
        """End the process now; requests that wait are cancelled."""
        with self._changed:
            self._closed = True
            for *_, future in self._waiting:
                future.cancel()
            self._waiting.clear()
            child, thread = self._child, self._thread
            self._changed.notify()
        if child is not None:
            child.kill()
        if thread is not None:
            thread.join(10)

    def _run(self) -> None:
        while (item := self._next()) is not None:
            header, payload, future = item
            if future.set_running_or_notify_cancel():
                self._serve(header, payload, future)

    def _next(self) -> tuple[Mapping[str, Any], bytes, Future[Answer]] | None:
        """Return the next request; None, and end the process, when it has been idle for long enough."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed or self._retired, self._idle)
            self._changed.wait_for(lambda: self._waiting or self._closed, RETIRING if self._retired else 0)
            if self._waiting:
                return heapq.heappop(self._waiting)[2:]
            # Under the lock, so that a thread that the next request starts begins without a process.
            self._thread = None
            self._drop()
        return None

    def _serve(self, header: Mapping[str, Any], payload: bytes, future: Future[Answer]) -> None:
        try:
            if self._child is None:
                self._child = self._start()
            future.set_result(self._child.exchange(header, payload))
        except Exception as error:  # handed to the thread that asked
            self._drop()
            future.set_exception(error)

    def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()
