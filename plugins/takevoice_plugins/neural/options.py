"""The options of this plugin: the table `[plugins.neural]` of the config."""

from __future__ import annotations

import difflib
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from takevoice import errors

WHERE = "[plugins.neural]"
PYTHON = "TAKEVOICE_NEURAL_PYTHON"
DEVICES = ("auto", "cpu", "cuda", "mps")
CHILD = Path(__file__).parent / "child"


@dataclass(frozen=True)
class Options:
    """The options."""

    python: str = ""  # the Python that has torch; empty: that of TAKEVOICE_NEURAL_PYTHON, else this one
    program: tuple[str, ...] = ()  # another program that speaks the protocol, instead of takevoice's own
    model: str = ""  # the folder that another program gets, instead of the fetched model's
    device: str = "auto"
    threads: int = 0  # of the processor; 0 is torch's own choice
    idle: float = 300.0  # seconds after which the process ends if nothing is to do

    @property
    def command(self) -> list[str]:
        """The command line of the child process."""
        return list(self.program) or [self._other_python or sys.executable, str(CHILD)]

    @property
    def missing(self) -> str:
        """The name of the program or the Python to be started, if there is none of that name; else ""."""
        name = self.command[0]
        return "" if shutil.which(name) else name

    @property
    def lacks_torch(self) -> bool:
        """True if the child would run in this Python, which has no torch."""
        return not (self.program or self._other_python) and find_spec("torch") is None

    @property
    def _other_python(self) -> str:
        name = self.python or os.environ.get(PYTHON, "")
        return str(Path(name).expanduser()) if name.startswith("~") else name

    @classmethod
    def of(cls, table: object) -> Options:
        """Return the options in a table.

        Raises:
            ConfigError: lists every invalid key and value.
        """
        if not isinstance(table, Mapping):
            raise errors.ConfigError(f"{WHERE} must be a table")
        problems = [problem for name, value in table.items() if (problem := _problem(name, value))]
        if problems:
            raise errors.ConfigError("; ".join(problems), problems=tuple(problems))
        if table.get("model") and not table.get("program"):
            raise errors.ConfigError(
                f"{WHERE} model is for a program of your own", hint="`takevoice voices fetch --from FOLDER` takes the model from a folder"
            )
        values: dict[str, Any] = {name: tuple(value) if name == "program" else value for name, value in table.items()}
        return cls(**values)


def _problem(name: str, value: Any) -> str:
    """Return the problem with a key or its value; "" if there is none."""
    known = [field.name for field in fields(Options)]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        return f"{WHERE} {name} is not a known option; " + (
            f"did you mean {near[0]}?" if near else f"known options: {', '.join(known)}"
        )
    wrong = _CHECKS[name](value)
    return f"{WHERE} {name} {wrong}" if wrong else ""


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _path(value: Any) -> str:
    return "" if isinstance(value, str) else "must be a path"


def _program(value: Any) -> str:
    good = isinstance(value, list) and value and all(isinstance(word, str) and word for word in value)
    return "" if good else 'must be a command as a list of words, such as ["python3", "child.py"]'


def _device(value: Any) -> str:
    return "" if value in DEVICES else f"must be one of {', '.join(DEVICES)}"


def _threads(value: Any) -> str:
    good = isinstance(value, int) and _is_number(value, 0, 256)
    return "" if good else "must be a whole number from 0 to 256"


def _idle(value: Any) -> str:
    return "" if _is_number(value, 1, 86_400) else "must be a number of seconds from 1 to 86400"


_CHECKS = {
    "python": _path,
    "program": _program,
    "model": _path,
    "device": _device,
    "threads": _threads,
    "idle": _idle,
}
