"""Paths as one types them behind a command, for the commands that messages suggest."""

from __future__ import annotations

import os
import re
import shlex

from takevoice.system import current

_READ_IN_QUOTES = re.compile(r'["$`\\!]')  # what bash and zsh read inside double quotes; `!` calls their history


def shell_word(path: object) -> str:
    """Return a path that a shell reads as one word, and as nothing but a name.

    In double quotes where that is enough, which every system's shells know; else in single ones, and with control characters or
    bytes that are no UTF-8 as `$'...'` of POSIX.1-2024.
    """
    text = str(path)
    if current.name() == "windows":
        return f'"{text}"'
    if not text.isprintable():
        return "$'" + "".join(_escaped(character) for character in text) + "'"
    return shlex.quote(text) if _READ_IN_QUOTES.search(text) else f'"{text}"'


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))
