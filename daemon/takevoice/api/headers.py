"""What the headers of a response say: about the account, and how the body is encoded."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

_READABLE = {"", "identity", "gzip", "deflate"}
_MODULES = {"br": ("brotli", "brotlicffi"), "zstd": ("zstandard",)}
"""The encodings that httpx reads if one of these modules is there, and else passes on as they are."""


def max_concurrent(headers: Mapping[str, str]) -> int | None:
    """Return how many requests at once the plan allows, from `maximum-concurrent-requests`; None if it is not there."""
    text = headers.get("maximum-concurrent-requests", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    return int(text) or None


def unreadable_encoding(headers: Mapping[str, str]) -> str:
    """Return the encoding of the body that cannot be undone; "" if there is none."""
    for text in headers.get("content-encoding", "").split(","):
        name = text.strip().lower()
        if name not in _READABLE and not any(find_spec(module) for module in _MODULES.get(name, ())):
            return name[:40]
    return ""
