"""A request in the house's ledger, as a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

PAID, FREE = "paid", "free"

QUEUED = "queued"
SENT = "sent"  # to the service: from here on it may be billed
RUNNING = "running"  # a free conversion
DOUBT = "doubt"  # sent, and the answer was lost: the account's history is asked
HELD = "held"  # the history does not tell: the house's owner decides
DONE = "done"  # the answer is kept
REFUSED = "refused"  # nothing was billed

UNUSABLE = "unusable_answer"
"""The code of a request in doubt, or held, that was billed, and whose answer cannot be used."""
DAMAGED = "damaged_answer"
"""The code of one whose kept answer was paid for, and is damaged or gone."""
PRUNED = "pruned"
"""The code of an answer that is being removed as it is old: its file may be gone."""
BILLED = (UNUSABLE, DAMAGED)  # only the owner has these sent again


@dataclass(frozen=True)
class Row:
    """One different request: the same audio with the same parameters."""

    content: str
    lane: str
    state: str
    key: int
    project: str
    parameters: str
    streaming: bool
    urgent: bool
    seconds: float
    credits: float
    sample_rate: int
    frames: int
    created: float
    sent: float | None
    attempts: int
    lease: str
    worker: str
    upstream: str
    backend: str
    status: int
    code: str
    message: str
    digest: str = ""  # SHA-256 of the kept answer

    @property
    def request(self) -> dict[str, Any]:
        """The parameters, as `ConversionRequest` has them."""
        return dict(json.loads(self.parameters))

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Row:
        """Return the row of a query as a value."""
        return cls(**{field.name: row[field.name] for field in fields(cls)})


@dataclass(frozen=True)
class Wanted:
    """What a client asks for."""

    content: str
    lane: str
    parameters: str
    streaming: bool
    urgent: bool
    seconds: float
    credits: float
    sample_rate: int
    frames: int
    project: str
    backend: str
    token: str = ""  # the header Idempotency-Key
    asked: str = ""  # the header takevoice-request: which request of a station it is
    earlier: str = ""  # the content key of earlier versions
