"""Counts what a process asks libsndfile for: found by Python at its start when this folder is on PYTHONPATH.

At its end it adds a line of JSON to the file named by `COUNTS`: how many files were opened, and how many frames were read, by
what they were: the take, an answer, a result, something in memory, anything else.
"""

from __future__ import annotations

import atexit
import collections
import importlib.abc
import importlib.util
import json
import os
import sys
import threading
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any


class Counts(importlib.abc.MetaPathFinder):
    """Waits for soundfile to be imported, and then counts."""

    def __init__(self, to: str) -> None:
        self._to, self._lock = to, threading.Lock()
        self._counted: collections.Counter[str] = collections.Counter()
        atexit.register(self._write)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != "soundfile":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        load = spec.loader.exec_module

        def loaded(module: ModuleType) -> None:
            load(module)
            self._count_in(module.SoundFile)

        spec.loader.exec_module = loaded  # type: ignore[method-assign]
        return spec

    def _count_in(self, kind: Any) -> None:
        opened, moved = kind.__init__, kind._cdata_io

        def open_and_count(file: Any, *words: Any, **more: Any) -> None:
            self._add("opens", 1)
            opened(file, *words, **more)

        def move_and_count(file: Any, action: str, data: Any, ctype: str, frames: int) -> Any:
            done = moved(file, action, data, ctype, frames)
            if action.startswith("read"):
                self._add(_what(file.name), int(done))
            return done

        kind.__init__, kind._cdata_io = open_and_count, move_and_count

    def _add(self, what: str, count: int) -> None:
        with self._lock:
            self._counted[what] += count

    def _write(self) -> None:
        if self._counted:
            with Path(self._to).open("a") as file:
                file.write(json.dumps(self._counted) + "\n")


def _what(name: Any) -> str:
    name = getattr(name, "name", name)  # of an open file
    if not isinstance(name, str | bytes | os.PathLike):
        return "memory"
    path = Path(os.fsdecode(name))
    if path.name.startswith("received."):
        return "answer"
    if path.parent.name == "Exports":
        return "take" if path.stem.isdigit() else "result"
    return "other"


if "COUNTS" in os.environ:
    sys.meta_path.insert(0, Counts(os.environ["COUNTS"]))
