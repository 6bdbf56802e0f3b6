"""A command line that has a paid backend, and what was sent and published."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from support import FAST, Command, Daemon


class Shop(Command):
    """A command line with the backend of `backends/paid.py`; `here` is the folder whose files decide what it does."""

    here: Path

    def money(self, text: str = "", more: str = "") -> None:
        """Write the config, with these limits."""
        options = f"[plugins.paid]\nhere = '{self.here}'\n"
        self.config(f'backend = "paid"\nconversions = 1\n{more}{FAST}\n[money]\n{text}\n{options}')

    def daemon(
        self, *words: object, prefix: tuple[str, ...] = (), existing: bool = False
    ) -> AbstractContextManager[Daemon]:
        """Run `takevoice run`; takes that are there before are held."""
        return super().daemon(*words, prefix=prefix, existing=existing)

    @property
    def sent(self) -> list[str]:
        """The takes that were sent, once for each time."""
        path = self.here / "sent"
        return path.read_text().split() if path.exists() else []


def sent(gate: Path) -> list[str]:
    """The takes that went to the backend, once for each time."""
    path = gate.parent / "sent"
    return [line.split(" ", 1)[1] for line in path.read_text().splitlines()] if path.exists() else []


def results(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".ada" in path.name)
