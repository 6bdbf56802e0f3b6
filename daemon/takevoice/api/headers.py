"""What the headers of a response say about the account."""

from __future__ import annotations

from collections.abc import Mapping


def max_concurrent(headers: Mapping[str, str]) -> int | None:
    """Return how many requests at once the plan allows, from `maximum-concurrent-requests`; None if it is not there."""
    text = headers.get("maximum-concurrent-requests", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return int(text) or None
