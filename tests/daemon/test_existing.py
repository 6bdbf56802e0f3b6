"""Takes that were in a folder before: on a terminal, takevoice asks about them."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support import Command, make_take, wait_for
from takevoice.cli.existing_takes import ExistingTakes
from takevoice.errors import UnknownJob
from takevoice.holds import Hold, HoldReason
from takevoice.pipeline.held_report import HeldTakes

IN_FRONT = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class Terminal:
    """takevoice on a terminal: what it shows, and what is typed."""

    def __init__(self, side: int) -> None:
        self._side, self._shown = side, bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                self._shown += os.read(self._side, 4096)
            except OSError:
                return

    @property
    def shown(self) -> str:
        return " ".join(self._shown.decode("utf-8", "replace").split())

    def type(self, text: str) -> None:
        os.write(self._side, text.encode())


@contextmanager
def on_terminal(cli: Command, *words: object, in_front: bool = True) -> Iterator[Terminal]:
    near, far = os.openpty()
    prefix = [sys.executable, "-c", IN_FRONT] if in_front else []
    process = subprocess.Popen(
        [*prefix, *cli.command, *map(str, words)],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**os.environ, **cli.env, "TERM": "xterm", "COLUMNS": "200"},
        cwd=cli.home,
    )
    os.close(far)
    try:
        yield Terminal(near)
    finally:
        process.terminate()
        assert process.wait(15) == 0
        os.close(near)


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("answer", "state"), [("y\n", "done"), ("\n", "held"), ("", "held")])
def test_a_person_at_a_terminal_is_asked(gated: Command, folder: Path, answer: str, state: str) -> None:
    make_take(folder / "old.wav", 2.0)
    with on_terminal(gated, "run", "--osc-port", "0", folder) as terminal:
        wait_for(lambda: "from before. Convert it too? [y/N]" in terminal.shown)
        assert "1 file, 2 seconds in" in terminal.shown
        terminal.type(answer)
        make_take(folder / "new.wav", seed=1)
        wait_for(lambda: gated.states() == {"old.wav": state, "new.wav": "done"})


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_in_the_background_of_a_shell_nobody_is_asked(gated: Command, folder: Path) -> None:
    """Reading from the terminal would suspend takevoice."""
    make_take(folder / "old.wav")
    with on_terminal(gated, "run", "--osc-port", "0", folder, in_front=False) as terminal:
        wait_for(lambda: "takevoice release" in terminal.shown)
        make_take(folder / "new.wav", seed=1)
        wait_for(lambda: gated.states() == {"old.wav": "held", "new.wav": "done"})
        assert "[y/N]" not in terminal.shown


def test_each_folder_is_asked_about_once_and_only_for_what_was_there() -> None:
    asked, released, stopped = list[str](), list[int](), threading.Event()

    def ask(question: str, _is_over: Callable[[], bool]) -> str:
        asked.append(question)
        return "y" if "Exports" in question else "no"

    def release(job: int) -> None:
        if job == 2:
            raise UnknownJob("it was dropped meanwhile")
        released.append(job)

    existing = ExistingTakes(ask, release, lambda _job: True, stopped)
    existing.start()
    older, burst = Hold(HoldReason.OLDER, "there"), Hold(HoldReason.BURST, "many")
    for root, hold, jobs in (
        ("/Exports", older, (1, 2)),
        ("/Exports", older, (3,)),
        ("/Exports", burst, (4,)),
        ("/Other", older, (5,)),
    ):
        existing.on_held(HeldTakes(Path(root), hold, jobs, f"{len(jobs)} files"))
    wait_for(lambda: len(asked) == 2)
    stopped.set()
    existing.join()
    assert asked == [
        f"2 files in {Path('/Exports')} from before. Convert them too? [y/N] ",
        f"1 files in {Path('/Other')} from before. Convert it too? [y/N] ",
    ]
    assert released == [1, 3]


def test_a_question_is_over_when_the_takes_are_decided_about_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    held, stopped, asked = {1, 2}, threading.Event(), list[str]()

    def ask(question: str, is_over: Callable[[], bool]) -> str:
        asked.append(question)
        wait_for(is_over)
        return ""

    existing = ExistingTakes(ask, lambda _job: None, held.__contains__, stopped)
    existing.start()
    existing.on_held(HeldTakes(Path("/Exports"), Hold(HoldReason.OLDER, "there"), (1, 2), "2 files"))
    wait_for(lambda: asked)
    held.clear()
    wait_for(lambda: "were decided about elsewhere" in caplog.text)
    held.add(3)
    stopped.set()
    existing.join()


def test_any_other_answer_says_that_the_takes_stay_held(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stopped = threading.Event()
    existing = ExistingTakes(lambda _question, _is_over: "what?", lambda _job: None, lambda _job: True, stopped)
    existing.start()
    existing.on_held(HeldTakes(Path("/Exports"), Hold(HoldReason.OLDER, "there"), (1,), "1 file"))
    wait_for(lambda: "stay held: `takevoice release" in caplog.text)
    stopped.set()
    existing.join()


@pytest.mark.process
def test_once_says_what_an_earlier_run_holds(gated: Command, folder: Path) -> None:
    make_take(folder / "old.wav", 0.3)
    with gated.daemon(folder, existing=False):
        wait_for(lambda: gated.states() == {"old.wav": "held"})
    assert "0 converted, 0 failed, 1 held: `takevoice jobs --held`" in gated.process("run", "--once", folder).stderr
    assert "1 converted, 0 failed\n" in gated.process("run", "--once", "--existing", folder).stderr
