"""The desk between the threads that bring jobs and the intake."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from support import wait_for
from takevoice.service.intake_queue import IntakeQueue


def test_a_job_that_two_threads_bring_is_taken_up_once() -> None:
    """OSC brings a job that the worker may have seen in the ledger a moment before."""
    taken: list[int] = []
    intake: Any = SimpleNamespace(take_up=lambda job, _wish: taken.append(job.id))
    context: Any = SimpleNamespace(stopping=threading.Event(), closed=SimpleNamespace(now=lambda: True))
    holds: Any = SimpleNamespace(announce=lambda: None)
    desk = IntakeQueue(context, intake, holds, lambda: None, lambda _path: None)
    for number in range(3):
        job: Any = SimpleNamespace(id=number, attempt=1, settings={}, origin="osc", path=Path("/take.wav"))
        for _ in range(2):
            desk.asked(job)
    desk.start()
    wait_for(desk.idle)
    context.stopping.set()
    desk.stop()
    assert sorted(taken) == [0, 1, 2]
