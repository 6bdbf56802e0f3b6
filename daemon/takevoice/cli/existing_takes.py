"""Takes that were in a folder before it was watched: a person at the terminal is asked about them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from takevoice.errors import TakevoiceError, printable
from takevoice.holds import HoldReason
from takevoice.pipeline.held_report import HeldTakes
from takevoice.shell_words import shell_word

log = logging.getLogger("takevoice")

CHECK = 0.3  # seconds between two looks whether there is a question


class ExistingTakes:
    """Asks once for each folder, in a thread of its own; without an answer, the takes stay held."""

    def __init__(
        self,
        ask: Callable[[str, Callable[[], bool]], str],
        release: Callable[[int], object],
        still_waits: Callable[[int], bool],
        stopped: threading.Event,
    ) -> None:
        """`ask` shows a question and returns the answer, empty once the question is over; `release` converts a held job."""
        self._ask, self._release, self._still_waits, self._stopped = ask, release, still_waits, stopped
        self._waiting: SimpleQueue[HeldTakes] = SimpleQueue()
        self._answers: dict[Path, bool] = {}
        self._thread = threading.Thread(target=self._run, name="existing", daemon=True)

    def start(self) -> None:
        """Start asking."""
        self._thread.start()

    def join(self) -> None:
        """Wait a moment for the thread to end, once `stopped` is set."""
        self._thread.join(2 * CHECK)

    def on_held(self, held: HeldTakes) -> None:
        """Receive takes that are held."""
        if held.hold.reason is HoldReason.OLDER:
            self._waiting.put(held)

    def _run(self) -> None:
        while not self._stopped.is_set():
            with suppress(Empty):
                self._decide(self._waiting.get(timeout=CHECK))

    def _decide(self, held: HeldTakes) -> None:
        root = held.root
        if root not in self._answers:
            them = "them" if len(held.jobs) > 1 else "it"
            question = f"{held.cost} in {printable(root)} from before. Convert {them} too? [y/N] "
            answer = self._ask(question, lambda: self._is_decided(held)).lower()
            if self._stopped.is_set():
                return
            if self._is_decided(held):
                log.info("the takes in %s were decided about elsewhere", printable(root))
                return
            self._answers[root] = answer in ("y", "yes")
            if not self._answers[root]:
                log.info("the takes in %s stay held: `takevoice release %s` converts them later", printable(root), shell_word(root))
        if not self._answers[root]:
            return
        released = 0
        for job in held.jobs:
            with suppress(TakevoiceError):  # it was released or dropped meanwhile
                self._release(job)
                released += 1
        log.info("%d of them %s converted", released, "is" if released == 1 else "are")

    def _is_decided(self, held: HeldTakes) -> bool:
        return not any(self._still_waits(job) for job in held.jobs)
