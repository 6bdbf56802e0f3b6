"""Requests that may take long, a network's answer or a look through audio: done in a thread of their own, one after the other."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from takevoice.osc.arguments import RequestRejected
from takevoice.service.handover.request_file import RequestFile
from takevoice.system.patience import NoAnswer, within

DEADLINE = 30.0  # seconds
MAX_WAITING = 500  # requests; the files of the others wait where they are

Work = Callable[[], None]
T = TypeVar("T")


class Aside:
    """A thread for slow requests; it begins with the first one."""

    def __init__(self, name: str, deadline: float = DEADLINE) -> None:
        self._name, self._deadline = name, deadline
        self._waiting: queue.Queue[tuple[Path, Work] | None] = queue.Queue(MAX_WAITING)
        self._in_hand: set[Path] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __contains__(self, path: Path) -> bool:
        with self._lock:
            return path in self._in_hand

    def put(self, path: Path, work: Work) -> None:
        """Do the work of a request file in turn; without room, leave it for a later look."""
        with self._lock:
            if path in self._in_hand:
                return
            try:
                self._waiting.put_nowait((path, work))
            except queue.Full:
                return
            self._in_hand.add(path)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def in_time(self, request: RequestFile, call: Callable[[], T]) -> T:
        """Return what `call` returns; raises RequestRejected (no_answer) when that takes too long."""
        try:
            return within(self._deadline, request.path, call)
        except NoAnswer:
            raise RequestRejected(
                "no_answer", f"there was no answer within {self._deadline:.0f} seconds", hint="send it again later"
            ) from None

    def stop(self) -> None:
        """Begin nothing more; what is under way is left behind, and its file stays for the next start."""
        while True:
            try:
                self._waiting.get_nowait()
            except queue.Empty:
                break
        self._waiting.put_nowait(None)

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            path, work = item
            try:
                work()
            finally:
                with self._lock:
                    self._in_hand.discard(path)
