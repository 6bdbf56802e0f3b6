"""The desk between the threads that bring jobs and the intake."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support import wait_for
from takevoice.worker.desk import Desk


@pytest.mark.parametrize("order", [("asked", "again"), ("again", "asked"), ("again", "again")])
def test_a_job_that_two_threads_bring_is_taken_up_once(order: tuple[str, str]) -> None:
    """OSC brings a job that the worker may have seen in the ledger a moment before."""
    taken: list[int] = []
    intake: Any = SimpleNamespace(take_up=lambda job, _wish: taken.append(job.id))
    context: Any = SimpleNamespace()
    desk = Desk(context, intake, context, lambda: None, lambda _path: None)
    for number in range(3):
        job: Any = SimpleNamespace(id=number, attempt=1, settings={}, origin="osc", path=Path("/take.wav"))
        for way in order:
            getattr(desk, way)(job)
    desk.start()
    wait_for(desk_is_empty(desk))
    desk.stop()
    assert sorted(taken) == [0, 1, 2]


def desk_is_empty(desk: Desk) -> Any:
    return lambda: desk._files.unfinished_tasks == 0
