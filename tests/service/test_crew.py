"""Threads that are stuck on a folder that does not answer are replaced, and end when it does."""

from __future__ import annotations

import queue
import threading
import time
from pathlib import Path

from support import wait_for
from takevoice.service.crew import Crew
from takevoice.service.silent_roots import SilentRoots

SHARE, LOCAL = Path("/Volumes/Share"), Path("/home/ada/Exports")


class Work:
    """Jobs in a queue: those on the share are stuck until `answers`."""

    def __init__(self, silent: SilentRoots) -> None:
        self.jobs: queue.Queue[Path | None] = queue.Queue()
        self.answers, self.done = threading.Event(), list[Path]()
        self.stuck, self.ended = list[Path](), 0
        self.crew = Crew("test", 2, self._run, silent)

    def _run(self) -> None:
        while not self.crew.is_replaced():
            path = self.jobs.get()
            if path is None:
                break
            with self.crew.at(path):
                if path.is_relative_to(SHARE):
                    self.stuck.append(path)
                    self.answers.wait(20)
                self.done.append(path)
        self.ended += 1


def test_stuck_threads_are_replaced_and_the_number_stays() -> None:
    silent = SilentRoots()
    work = Work(silent)
    work.crew.start()
    for name in "abc":
        work.jobs.put(SHARE / name)
    wait_for(lambda: len(work.stuck) == 2)  # both threads
    assert work.jobs.get() == SHARE / "c"
    silent.add(SHARE)
    work.jobs.put(LOCAL / "a")
    wait_for(lambda: work.done == [LOCAL / "a"])
    work.answers.set()
    silent.discard(SHARE)
    wait_for(lambda: work.ended == 2)  # those that were replaced
    work.jobs.put(LOCAL / "b")
    wait_for(lambda: LOCAL / "b" in work.done)
    for _ in range(2):
        work.jobs.put(None)
    work.crew.join(time.monotonic() + 5)
    assert work.ended == 4


def test_a_stop_does_not_wait_for_stuck_threads() -> None:
    silent = SilentRoots()
    work = Work(silent)
    work.crew.start()
    silent.add(SHARE)
    work.jobs.put(SHARE / "a")
    wait_for(lambda: work.stuck)
    for _ in range(2):
        work.jobs.put(None)
    began = time.monotonic()
    work.crew.join(began + 10)
    assert time.monotonic() - began < 2
    work.answers.set()


def test_only_what_is_in_a_silent_folder_is_covered() -> None:
    silent = SilentRoots()
    assert not silent.covers(SHARE / "take.wav")
    silent.add(SHARE)
    assert silent.covers(SHARE / "take.wav") and silent.covers(SHARE)
    assert not silent.covers(LOCAL / "take.wav") and not silent.covers(SHARE.with_name("Share 2") / "take.wav")
    assert list(silent) == [SHARE]
