"""The block that the action "start listener with REAPER" puts into the user's Scripts/__startup.lua.

`integrations/reaper/api/startup_block.lua` writes it; here it is only found, and taken out by an uninstallation.
"""

from __future__ import annotations

import re

_BLOCK = re.compile(
    rb"(?:(?<=[\r\n])|(?<=^\xef\xbb\xbf)|^)"  # at the begin of a line; a byte order mark is no part of it
    rb"-- takevoice: begin(?P<added>[^\r\n]*)(?:\r\n|\r|\n)"
    rb"(?:.*?(?:\r\n|\r|\n))??"
    rb"-- takevoice: end[^\r\n]*(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
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
