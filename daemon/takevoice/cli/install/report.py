"""What the installers print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from takevoice.errors import printable

ROUTINE = ("written", "updated", "unchanged", "removed")
YOURS = "your version:"
"""How a line begins that names where an edited file is kept."""


def print_title(title: str) -> None:
    """Print which installation the following lines are about, if there may be several."""
    if title:
        print(printable(title))


def print_done(done: Iterable[tuple[Path, str]], *, dry_run: bool = False, brief: bool = False) -> None:
    """Print what was done with each file, or would be done. `brief`: files with which all is as usual are only counted."""
    counts: Counter[str] = Counter()
    for path, what in done:
        if brief and not dry_run and what in ROUTINE:
            counts[what] += 1
            continue
        would = dry_run and not what.startswith(("unchanged", "kept (", YOURS))
        print(f"{f'would be {what}' if would else what:<18} {printable(path)}")
    if counts:
        print(f"Files: {', '.join(f'{count} {what}' for what, count in counts.items())}. --verbose lists them.")


def print_absent(folders: Iterable[Path]) -> None:
    """Print the folders that were named before and are not there now."""
    for folder in folders:
        print(f"{printable(folder)} is not there now, and was skipped; you named it with --into earlier.")


def print_steps(steps: Sequence[str]) -> None:
    """Print the steps that are left to the user."""
    print()
    for number, step in enumerate(steps, 1):
        print(f"{number}. {printable(step)}")
