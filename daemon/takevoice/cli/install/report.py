"""What the installers print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from takevoice.errors import printable


def print_title(title: str) -> None:
    """Print which installation the following lines are about, if there may be several."""
    if title:
        print(printable(title))


def print_done(done: Iterable[tuple[Path, str]], *, dry_run: bool = False) -> None:
    """Print what was done with each file, or would be done."""
    for path, what in done:
        would = dry_run and not what.startswith(("unchanged", "kept ("))
        print(f"{f'would be {what}' if would else what:<18} {printable(path)}")


def print_steps(steps: Sequence[str]) -> None:
    """Print the steps that are left to the user."""
    print()
    for number, step in enumerate(steps, 1):
        print(f"{number}. {printable(step)}")
