"""Freed memory is used again: by the page faults that the system counts for this process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from takevoice.system import current
from takevoice.system.memory import keep_freed_memory

SCRIPT = """
import resource, sys
import numpy as np
from takevoice.system.memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()
blocks = lambda: [np.ones(250_000) for _ in range(8)]
blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    blocks()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(current.name() != "linux", reason="only glibc is told")
@pytest.mark.process
def test_the_blocks_of_one_take_are_used_again_for_the_next() -> None:
    def faults(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert faults("kept") < faults("given back") / 10


@pytest.mark.parametrize("name", ["macos", "windows"])
def test_other_systems_do_so_by_themselves(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(current, "name", lambda: name)
    keep_freed_memory()


@pytest.mark.skipif(current.name() != "linux", reason="only glibc is told")
def test_it_can_be_told_twice() -> None:
    keep_freed_memory()
    keep_freed_memory()


def test_a_c_library_without_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(current, "c_library", object)
    keep_freed_memory()
