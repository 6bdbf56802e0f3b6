"""How a command is described, so that core and plugins add theirs in the same way."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Command:
    """One `takevoice NAME`: `configure` adds its arguments, `run` runs it and returns the exit code.

    `run` finds the state dir in `args.state`, as an absolute path.
    """

    name: str
    help: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


@dataclass
class Commands:
    """The commands that plugins add."""

    added: dict[str, Command] = field(default_factory=dict)

    def add(
        self,
        name: str,
        help: str,  # noqa: A002 - argparse's own word for it
        configure: Callable[[argparse.ArgumentParser], None],
        run: Callable[[argparse.Namespace], int],
    ) -> None:
        """Adds `takevoice NAME`; a name that is taken raises ValueError.

        A name of two words, such as "voices add", adds to `takevoice voices`.
        """
        if name in self.added:
            raise ValueError(f"the command {name} is there already")
        self.added[name] = Command(name, help, configure, run)
