"""A question at the terminal: only where a person can answer, and never in the way of the end."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from takevoice.system import question
from takevoice.system.question import can_ask, read_answer


class Stream(io.StringIO):
    """A stream of a terminal, with the number of a real file."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return True


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The other end of standard input."""
    near, far = os.pipe()
    monkeypatch.setattr(sys, "stdin", Stream(near))
    # pytest puts another standard error in its place after this.
    monkeypatch.setattr(question, "is_terminal", lambda stream: stream is not None and (stream is sys.stderr or stream.isatty()))
    monkeypatch.setattr(question, "CHECK", 0.01)
    yield far
    os.close(near)
    os.close(far)


def test_nobody_is_asked_where_nobody_reads(typed: int, monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None]) -> None:
    on("windows")
    assert can_ask()
    monkeypatch.setattr(sys, "stdin", None)
    assert not can_ask()


@pytest.mark.skipif(not hasattr(os, "tcgetpgrp"), reason="needs process groups")
@pytest.mark.parametrize("system", ["linux", "macos"])
def test_a_process_in_the_background_does_not_read(
    typed: int, system: str, monkeypatch: pytest.MonkeyPatch, on: Callable[[str], None]
) -> None:
    on(system)
    assert not can_ask()  # a pipe has no process group in front
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    assert not can_ask()
    os.write(typed, b"y\n")
    stopped = threading.Event()
    threading.Timer(0.1, stopped.set).start()
    assert read_answer(stopped) == ""
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    assert can_ask()
    assert read_answer(threading.Event()) == "y"


def test_a_console_of_windows_is_read(typed: int, on: Callable[[str], None]) -> None:
    on("windows")
    os.write(typed, b"n\r\n")
    assert read_answer(threading.Event()) == "n"
