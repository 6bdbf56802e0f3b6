"""What the server takes on at most."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds. Size and length of the audio are those of the real service."""

    upload: int = 50_000_000
    fields: int = 100_000  # all text fields together
    shortest: float = 0.1
    longest: float = 300.0
    conversions: int = max(2, os.cpu_count() or 1)  # at once
    connections: int = 100  # at once
    stalled: float = 60.0  # without a byte in either direction
    thrown_away: int = 500_000_000  # of an upload that is too large, before the connection is cut
