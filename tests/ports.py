"""Servers as processes of their own that print their port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def serving_script(*words: object, env: Mapping[str, str] | None = None) -> Iterator[int]:
    """Runs a Python script with its arguments; gives the port that it prints first, and stops it at the end."""
    process = subprocess.Popen([sys.executable, *map(str, words)], stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
