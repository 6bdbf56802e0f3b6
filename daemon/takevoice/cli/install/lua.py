"""Lua source text written by the installers."""

from __future__ import annotations


def quoted(text: str) -> str:
    """Return a Lua string literal of the text in UTF-8; bytes of a file name that are not UTF-8 are kept."""
    octets = text.encode("utf-8", "surrogateescape")
    return (
        '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\{b:03}" for b in octets) + '"'
    )
