"""The limits of the server."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds. Size and duration of the audio are limited as by the real service."""

    upload: int = 50_000_000
    fields: int = 100_000  # total of all text fields
    shortest: float = 0.1
    longest: float = 300.0
    conversions: int = max(2, os.cpu_count() or 1)  # at once
    uploads: int = 4 * max(2, os.cpu_count() or 1)  # at once
    connections: int = 100  # at once
    header_timeout: float = 10.0  # for all headers of a request
    slowest_upload: float = 4_000  # bytes per second on average, after a first `stall_timeout`
    stall_timeout: float = 60.0  # without a byte in either direction
    max_discarded: int = 500_000_000  # of an upload that is too large, before the connection is closed
