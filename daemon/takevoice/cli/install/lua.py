"""Lua as the installers write it."""

from __future__ import annotations


def quoted(text: str) -> str:
    """A Lua string of the text's bytes in UTF-8; bytes of a file name that are none stay what they are."""
    octets = text.encode("utf-8", "surrogateescape")
    return (
        '"' + "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\{b:03}" for b in octets) + '"'
    )
