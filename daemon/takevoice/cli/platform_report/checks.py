"""A check of the platform, what it found, and doing it within a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

LIMIT = 12.0  # seconds for one check


class Found(NamedTuple):
    """What a check found, in words, and whether takevoice can live with it (None: it is not
    known). `stops`: checks that need it are left out."""

    text: str
    well: bool | None = True
    stops: bool = False


class Check(NamedTuple):
    """One check: what is looked at, what is expected in words, and the look itself, which may raise anything.

    `needs`: the check without which this one makes no sense.
    """

    what: str
    expected: str
    look: Callable[[], Found]
    needs: str = ""


class NoAnswer(Exception):
    """A check took too long: a share, a dialog or another program that does not answer."""


def within(seconds: float, look: Callable[[], Found]) -> Found:
    """Do a look in a thread of its own, and leave it to itself when it takes longer.

    Raises:
        NoAnswer: it took longer.
        Exception: whatever the look raises.
    """
    results: list[Found | BaseException] = []

    def run() -> None:
        try:
            results.append(look())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=run, name="doctor", daemon=True)
    thread.start()
    thread.join(seconds)
    if not results:
        raise NoAnswer(f"no answer within {seconds:.0f} s")
    if isinstance(results[0], BaseException):
        raise results[0]
    return results[0]


def refusal(error: OSError) -> str:
    """Return how the system refused something, without the name of the file."""
    return f"refused ({getattr(error, 'winerror', None) or error.errno})"
