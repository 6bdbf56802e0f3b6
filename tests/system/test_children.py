"""Children are asked to stop as their user would ask them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from habits.kernel32 import Kernel32
from takevoice.system.children import aside_options, ask_to_stop, end_child, stoppable


class Child:
    pid = 4711

    def __init__(self) -> None:
        self.signals: list[int] = []

    def kill(self) -> None:
        self.signals.append(9)

    def send_signal(self, number: int) -> None:
        self.signals.append(number)


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_a_unix_sends_a_signal(on: Callable[[str], None], system: str) -> None:
    on(system)
    child: Any = Child()
    assert stoppable() == {}
    assert ask_to_stop(child) == "SIGTERM"
    assert child.signals == [signal.SIGTERM]


def test_windows_sends_ctrl_break_to_the_childs_own_group(kernel32: Kernel32) -> None:
    """CreateProcess: CREATE_NEW_PROCESS_GROUP; its group has the number of the child. 0 would be every process."""
    child: Any = Child()
    assert stoppable() == {"creationflags": 0x200}
    assert ask_to_stop(child) == "Ctrl-Break"
    assert kernel32.events == [(1, 4711)]
    assert child.signals == []
    kernel32.has_console = False
    with pytest.raises(OSError, match="Windows error 6"):
        ask_to_stop(child)


@pytest.mark.parametrize("system", ["linux", "macos"])
@pytest.mark.skipif(os.name == "nt", reason="a group of processes, as Unix has it")
def test_a_helper_ends_with_what_it_has_started(on: Callable[[str], None], system: str) -> None:
    on(system)
    helper = subprocess.Popen(["sh", "-c", "sleep 60 & wait"], stdout=subprocess.PIPE, **aside_options())
    end_child(helper)
    assert helper.wait() == -signal.SIGKILL
    assert helper.stdout is not None
    with helper.stdout as out:
        assert out.read() == b""  # not held open by `sleep`
    end_child(helper)  # has ended already


def test_a_helper_on_windows_opens_no_console(on: Callable[[str], None]) -> None:
    on("windows")
    child: Any = Child()
    assert aside_options() == {"creationflags": 0x08000200}
    end_child(child)
    assert child.signals == [9]
