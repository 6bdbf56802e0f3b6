"""What was sent to paid backends, added up by day, track, folder or voice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from takevoice.ledger.charges import SOURCE
from takevoice.ledger.json_text import from_json
from takevoice.ledger.reader import Reader

BY = ("day", "character", "track", "folder", "voice")
"""What costs can be added up by."""

_KEYS = {
    "day": "date(sends.at, 'unixepoch', 'localtime')",
    "character": "sends.track",  # as the casting calls it
    "track": "sends.track",
    # Those of the time; older versions did not store them.
    "voice": "COALESCE(NULLIF(sends.voice, ''), jobs.voice, '')",
    "folder": f"CAST(COALESCE(sends.path, {SOURCE}, jobs.path, '') AS BLOB)",
}


class Cost(NamedTuple):
    """One line of the sum. Requests whose outcome is unknown may be billed, and are part of `credits`, too."""

    key: str  # a day such as "2026-11-26", or a name; empty where it is not known any more
    jobs: int  # of takes: several candidates of one count once
    requests: int
    seconds: float  # of audio that was sent
    credits: float
    unknown: float  # credits of requests whose outcome is not known
    saved: float = 0.0  # credits that were not paid, as the backend had the answers


class Costs:
    """Reads the table of paid requests. What was reserved and not sent does not count."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def by(self, what: str, since: float = 0.0, until: float = float("inf")) -> Sequence[Cost]:
        """Return the sums of what was sent in a span (Unix times), by one of `BY`, in the order of the keys."""
        take = "COALESCE(NULLIF(jobs.family, 0), sends.job)"  # candidates are of one take
        sql = f"""SELECT {_KEYS[what]} AS key, {take} AS take, COUNT(*), SUM(sends.seconds), SUM(sends.credits),
                    TOTAL(CASE WHEN sends.state IN ('sent', 'lost') THEN sends.credits END), SUM(sends.saved)
                  FROM sends LEFT JOIN jobs ON jobs.id = sends.job
                  WHERE sends.state <> 'reserved' AND sends.at >= ? AND sends.at < ? GROUP BY key, take"""
        sums: dict[str, Cost] = {}
        for key, _take, requests, *sums_of_take in self._reader.tuples(sql, (since, until)):
            name = _key(key, what)
            old = sums.get(name, Cost(name, 0, 0, 0.0, 0.0, 0.0))
            sums[name] = Cost(name, old.jobs + 1, old.requests + requests, *map(sum, zip(old[3:], sums_of_take, strict=True)))
        return [sums[name] for name in sorted(sums)]


def _key(value: Any, what: str) -> str:
    text = from_json(value) if isinstance(value, bytes) else str(value or "")
    return os.path.dirname(text) if what == "folder" else text  # noqa: PTH120 - of many rows
