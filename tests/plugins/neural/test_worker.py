"""The queue before the child process: what is cancelled, what is closed, and what cannot start."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from takevoice import errors
from takevoice_plugins.neural.session import ask
from takevoice_plugins.neural.worker import Worker


class Child:
    """A process that answers when it may."""

    def __init__(self) -> None:
        self.pid, self.asked, self.ended = 7, list[str](), 0
        self.begun, self.going = threading.Semaphore(0), threading.Semaphore(0)

    def exchange(self, header: dict[str, str], payload: bytes) -> tuple[dict[str, str], bytes]:
        self.asked.append(header["op"])
        self.begun.release()
        assert self.going.acquire(timeout=60)
        if self.ended:
            raise OSError("it has ended")
        return header | {"ok": "yes"}, payload

    def kill(self) -> None:
        self.ended += 1
        self.going.release()

    def end(self) -> None:
        self.kill()


@pytest.fixture
def child() -> Child:
    return Child()


@pytest.fixture
def queue(child: Child) -> Iterator[Worker]:
    worker = Worker(lambda: child, idle=60)  # type: ignore[arg-type,return-value]
    yield worker
    worker.close()


def test_what_was_given_up_before_its_turn_is_not_asked(queue: Worker, child: Child) -> None:
    first, second, third = (queue.request({"op": name}) for name in "abc")
    assert child.begun.acquire(timeout=60)
    queue.abandon(second)
    child.going.release(2)
    assert [each.result(60)[0]["op"] for each in (first, third)] == ["a", "c"]
    assert second.cancelled()
    assert child.asked == ["a", "c"]


def test_closing_ends_the_process_and_what_waits(queue: Worker, child: Child) -> None:
    running, waiting = queue.request({"op": "a"}), ask(queue, {"op": "b"})
    assert child.begun.acquire(timeout=60)
    assert not len(next(waiting)), "it waits"
    queue.close()
    assert child.ended
    with pytest.raises(OSError, match="it has ended"):
        running.result(60)
    with pytest.raises(errors.BackendError, match="the neural backend was stopped; retry the job"):
        next(waiting)
    with pytest.raises(errors.BackendError, match="the neural backend was stopped"):
        next(ask(queue, {"op": "c"}))
    assert child.asked == ["a"]
    assert queue.pid is None


def test_a_process_that_cannot_start_fails_the_request_alone(child: Child) -> None:
    answers = [errors.BackendUnavailable("no memory yet"), child]

    def start() -> Child:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    queue = Worker(start, idle=60)  # type: ignore[arg-type]
    with pytest.raises(errors.BackendUnavailable, match="no memory yet"):
        queue.request({"op": "a"}).result(60)
    child.going.release()
    assert queue.request({"op": "b"}).result(60)[0]["op"] == "b"
    queue.close()
