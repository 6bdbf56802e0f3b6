"""`progress.json` in the hand-over folder: how far the requests are that came as files, and that takevoice is running."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from takevoice.errors import printable
from takevoice.files import write_atomic
from takevoice.system import place

log = logging.getLogger("takevoice")

NAME = "progress.json"
LEAST = 0.25  # seconds between two writes
BEAT = 2.0  # seconds between two writes when nothing changes


class ProgressFile:
    """Written by a thread of its own, when there is news and as a heartbeat; not there while there is no request."""

    def __init__(self, folder: Path, requests: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
        """`requests` returns how far each request is, by its id."""
        self._path, self._requests = folder / NAME, requests
        self._taking = False
        self._news, self._stopping = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="progress-file", daemon=True)

    def start(self) -> None:
        """Write the file now, and from now on."""
        self.write()
        self._thread.start()

    def join(self) -> None:
        """Stop; the file stays, without its heartbeat, while there are requests."""
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(2)
        if not self._requests():
            self.write()

    @contextmanager
    def taking_up(self) -> Iterator[None]:
        """Show that takevoice is running while it takes up requests: the first one, or many, can take seconds."""
        self._taking = True
        self.write()
        try:
            yield
        finally:
            self._taking = False
            self.has_news()

    def has_news(self) -> None:
        """Write the file soon."""
        self._news.set()

    def write(self) -> None:
        """Write the file now, or remove it; a failure is only logged, as takes do not depend on it."""
        with self._lock:
            self._news.clear()
            requests = self._requests()
            try:
                if requests or self._taking:
                    content = {"beat": round(time.time(), 3), "requests": requests}
                    write_atomic(self._path, (json.dumps(content) + "\n").encode("ascii"))
                else:
                    place.remove(self._path)
            except OSError as error:
                log.debug("%s cannot be written: %s", printable(self._path), error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._news.wait(BEAT)
            if self._stopping.wait(LEAST):
                return
            try:
                self.write()
            except Exception:
                log.exception("the progress of requests could not be written")
