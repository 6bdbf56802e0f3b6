"""The block that the action "start listener with REAPER" puts into the user's Scripts/__startup.lua.

`integrations/reaper/api/startup_block.lua` writes it; here it is only found, and taken out by an uninstallation. Only what is
exactly as it is written is taken out: a begin without an end, or such lines in a text of the user's, stay.
"""

from __future__ import annotations

import re

_EOL = rb"(?:\r\n|\r|\n)"
_BODY = _EOL.join((rb"do", rb"  pcall\(function\(\)", rb"    [^\r\n]*", rb"  end\)", rb"end", b""))
_OLDER_BODY = rb"[^\r\n]*reaper\.Main_OnCommand\([^\r\n]*" + _EOL
_LINE_START = rb"(?:(?<=[\r\n])|(?<=^\xef\xbb\xbf)|^)"  # a byte order mark is no part of the line
_BLOCK = re.compile(
    _LINE_START
    + rb"-- takevoice: begin(?P<added>[^\r\n]*)"
    + _EOL
    + rb"(?:" + _BODY + rb"|" + _OLDER_BODY + rb")"
    + rb"-- takevoice: end[^\r\n]*(?:" + _EOL + rb"|\Z)"
)  # fmt: skip
_MARKER = re.compile(_LINE_START + rb"-- takevoice: (?:begin|end)")
_NEWLINE_BEFORE = b"(the line end before this was added)"


def without_block(text: bytes) -> bytes:
    """Return the text as it was before the block was put in."""
    found = _BLOCK.search(text)
    if not found:
        return text
    before = text[: found.start()]
    if _NEWLINE_BEFORE in found["added"]:
        before = before.removesuffix(b"\n")
    return before + text[found.end() :]


def has_marker(text: bytes) -> bool:
    """Return True when a line of the text begins as the first or the last one of a block does."""
    return _MARKER.search(text) is not None
