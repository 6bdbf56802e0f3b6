"""Threads that share work; one that is stuck on a silent folder is replaced, so that the others' number stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from takevoice.service.loading import load_audio
from takevoice.service.silent_roots import SilentRoots


class Crew:
    """A number of threads that all run `work`, which ends when `is_replaced` says so."""

    def __init__(self, name: str, size: int, work: Callable[[], None], silent: SilentRoots) -> None:
        self._name, self._size, self._work, self._silent = name, size, work, silent
        self._threads: list[threading.Thread] = []
        self._busy: dict[threading.Thread, Path] = {}
        self._lock = threading.Lock()
        self._made = 0
        silent.subscribe(on_silent=lambda _: self._replace_stuck())

    def start(self) -> None:
        """Start the threads."""
        with self._lock:
            for _ in range(self._size):
                self._add()

    def join(self, deadline: float) -> None:
        """Wait for the threads to end, until that time of the steady clock; those that are stuck are left behind."""
        self._replace_stuck(with_another=False)
        for thread in list(self._threads):
            thread.join(max(0.0, deadline - time.monotonic()))

    def is_replaced(self) -> bool:
        """Return True when the calling thread was stuck, and another one works instead of it."""
        return threading.current_thread() not in self._threads

    @contextmanager
    def at(self, path: Path) -> Iterator[None]:
        """Work with a file, on which the calling thread may get stuck."""
        load_audio()
        thread = threading.current_thread()
        with self._lock:
            self._busy[thread] = path
        if self._silent.covers(path):
            self._replace_stuck()
        try:
            yield
        finally:
            with self._lock:
                del self._busy[thread]

    def _replace_stuck(self, *, with_another: bool = True) -> None:
        with self._lock:
            for thread in [each for each in self._threads if each in self._busy]:
                if self._silent.covers(self._busy[thread]):
                    self._threads.remove(thread)
                    if with_another:
                        self._add()

    def _add(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self._name}-{self._made}", daemon=True)
        self._made += 1
        self._threads.append(thread)
        thread.start()
