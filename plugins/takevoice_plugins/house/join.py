"""`takevoice join`: connects this station to a house."""

from __future__ import annotations


def join(url: str, key: str, config: str | None) -> int:
    """Connect; return the exit code."""
    raise NotImplementedError((url, key, config))
