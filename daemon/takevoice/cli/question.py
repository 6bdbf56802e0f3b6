"""A question before something that cannot be taken back, or costs something."""

from __future__ import annotations

import sys

from takevoice.system.process import is_terminal


def agrees(question: str) -> bool:
    """Ask at a terminal, and return whether the answer is yes; elsewhere, return False."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        return False
    try:
        return input(f"{question} [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False
