"""Lua source text written by the installers, and read again."""

from __future__ import annotations

import re


def quoted(text: str) -> str:
    """Return a Lua string literal of the text in UTF-8; bytes of a file name that are not UTF-8 are kept."""
    octets = text.encode("utf-8", "surrogateescape")
    return (
        '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\{b:03}" for b in octets) + '"'
    )


def unquoted(literal: str) -> str:
    """Return the text of a string literal that `quoted` wrote."""
    octets = re.sub(rb"\\(\d{3})", lambda code: bytes([int(code[1]) & 255]), literal[1:-1].encode())
    return octets.decode("utf-8", "surrogateescape")
