"""Jobs that wait for another machine's claim, and whether its owner is still running. Judged by the clock of this machine alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from takevoice.claim_files import HELD, Seen, read
from takevoice.pipeline.claim_owner import Spot


class Sign(Enum):
    """What a look at another machine's claim says."""

    NONE = "none"  # it is gone
    ALIVE = "alive"  # its owner has changed it
    QUIET = "quiet"  # it is as it was, and that means nothing yet
    STALE = "stale"  # its owner has not changed it for long: it was killed, sleeps, or has lost the share
    HELD = "held"  # a person on the other machine has to decide


@dataclass
class _Observed:
    content: bytes
    since: float  # when it was last looked at, by the steady clock
    unchanged: float = 0.0  # seconds


class ClaimWatch:
    """Counts for how long claims have not changed. A look counts for little: time without looks says nothing."""

    def __init__(self, stale: float, most: float) -> None:
        """`stale`: seconds without a change, after which an owner is not running. `most`: how much one look may add to them."""
        self._stale, self._most = stale, most
        self._observed: dict[Path, _Observed] = {}
        self._lock = threading.Lock()

    def look(self, path: Path, now: float) -> tuple[Sign, Seen | None]:
        """Read a claim, and return what it says. Raises OSError."""
        seen = read(path)
        with self._lock:
            if seen is None:
                self._observed.pop(path, None)
                return Sign.NONE, None
            if seen.note is not None and seen.note.state == HELD:
                return Sign.HELD, seen
            known = self._observed.get(path)
            if known is None or known.content != seen.content:
                self._observed[path] = _Observed(seen.content, now)
                return (Sign.QUIET if known is None else Sign.ALIVE), seen
            known.unchanged += min(now - known.since, self._most)
            known.since = now
            return (Sign.STALE if known.unchanged >= self._stale else Sign.QUIET), seen

    def look_at(self, spot: Spot, now: float) -> tuple[Sign, Seen | None]:
        """Do so with what counts more: the file of whoever has sent the take, else that of whoever converts it. Raises OSError."""
        claimed, sent = self.look(spot.claim, now), self.look(spot.sent, now)
        return claimed if sent[1] is None else sent
