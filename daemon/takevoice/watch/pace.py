"""How long to wait between two walks through a watched folder. Pure."""

from __future__ import annotations

POLLED_SHARE = 20  # walks through a folder without events may use one part in this many of a core
BACKUP_SHARE = 100  # where events report what is new, a walk only finds what they missed
LONGEST = 60.0  # seconds


def pause_after_walk(took: float, cpu: float, interval: float, *, has_events: bool) -> float:
    """Return the seconds from the end of one walk to the next.

    `took` are the seconds that the last walk took, `cpu` those of a core that it used: on a share, most of a walk is
    waiting. A polled folder rests for half a walk at most, unless walking costs the machine something.
    """
    by_cost = min((BACKUP_SHARE if has_events else POLLED_SHARE) * cpu, LONGEST)
    return max(interval, by_cost, 0.0 if has_events else min(took / 2, LONGEST))
