"""The processes of a worker: one for each slot, started again when it ends by itself."""

from __future__ import annotations

import _thread
import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing.connection import wait
from typing import Any

from takevoice_plugins.farm.slot import BAD_KEY, PATIENCE, SlotOptions, run_slot

log = logging.getLogger("takevoice.worker")
LONG_ENOUGH = 30.0  # seconds that a slot runs, after which its end is no reason to wait before the next start
PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a slot is started again
GRACE = PATIENCE + 6.0  # seconds that all slots get to stop


class SlotProcess:
    """The process of one slot."""

    def __init__(self, options: SlotOptions) -> None:
        self._options = options
        self._pause, self._start_at = PAUSE, 0.0
        self.process: Any = None
        self._theirs: Any = None  # the end of a pipe; closed, it stops the process

    def keep_running(self, now: float) -> int | None:
        """Start the process if it does not run; return the exit code of one that must not be started again."""
        if self.process is not None:
            if self.process.is_alive():
                return None
            code = self._ended(now)
            if code == BAD_KEY:
                return BAD_KEY
        if now >= self._start_at:
            self._start(now)
        return None

    def _start(self, now: float) -> None:
        context = multiprocessing.get_context("spawn")  # the same on every system, and the parent has threads
        ends, self._theirs = context.Pipe(duplex=False)
        self.process = context.Process(
            target=run_slot, args=[self._options, ends], name=f"takevoice-slot-{self._options.slot}", daemon=True
        )
        self.process.start()
        ends.close()
        self._started = now

    def _ended(self, now: float) -> int:
        code = int(self.process.exitcode)
        self._pause = PAUSE if now - self._started > LONG_ENOUGH else min(2 * self._pause, LONGEST_PAUSE)
        self._start_at = now + self._pause
        if code != BAD_KEY:
            log.warning(
                "slot %d ended by itself (%s); it is started again. A take that it had goes to another",
                self._options.slot,
                f"signal {-code}" if code < 0 else f"exit code {code}",
            )
        self._hang_up()
        self.process = None
        return code

    def stop(self) -> None:
        """Tell the process to stop."""
        self._hang_up()

    def kill(self) -> None:
        """End the process at once."""
        if self.process is not None:
            self.process.kill()
            self.process.join()

    def _hang_up(self) -> None:
        if self._theirs is not None:
            with suppress(OSError):
                self._theirs.close()
            self._theirs = None


def run_slots(options: SlotOptions, clock: Callable[[], float] = time.monotonic) -> int:
    """Run all slots until Ctrl-C or SIGTERM, or until the house refuses the key; return the exit code."""
    slots = [SlotProcess(replace(options, slot=number)) for number in range(1, options.slots + 1)]
    with _signals() as signals:
        code = 0
        try:
            while not signals.count and not code:
                codes = [slot.keep_running(clock()) for slot in slots]
                code = max((found for found in codes if found), default=0)
                _wait_for_an_end(slots, signals.arrived)
        finally:
            _stop(slots, signals, clock)
    return code


def _wait_for_an_end(slots: list[SlotProcess], arrived: threading.Event) -> None:
    running = [slot.process.sentinel for slot in slots if slot.process is not None]
    wait(running, timeout=0.2) if running else arrived.wait(0.2)


def _stop(slots: list[SlotProcess], signals: Signals, clock: Callable[[], float]) -> None:
    """Have all slots stop; those that have not after a while, or at a second signal, are ended."""
    for slot in slots:
        slot.stop()
    until, before = clock() + GRACE, signals.count
    while clock() < until and signals.count == before and any(s.process is not None and s.process.is_alive() for s in slots):
        time.sleep(0.05)
    for slot in slots:
        slot.kill()


class Signals:
    """How many signals to stop have come."""

    def __init__(self) -> None:
        self.count, self.arrived = 0, threading.Event()

    def take(self, *_: object) -> None:
        """Handle a signal."""
        self.count += 1
        # The main thread may hold the event's lock just now: the handler would wait for it for ever.
        _thread.start_new_thread(self.arrived.set, ())


@contextmanager
def _signals() -> Iterator[Signals]:
    signals = Signals()
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = [(number, signal.signal(number, signals.take)) for number in numbers]
    try:
        yield signals
    finally:
        for number, handler in before:
            signal.signal(number, handler)
