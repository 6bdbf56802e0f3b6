"""Names of converted files: from the template, safe on every system, never longer than a name may be. Pure."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping

MAX_NAME_BYTES = 255
_FIELDS = ("stem", "voice", "track")
_FIELD = re.compile(r"\{([^{}]*)\}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


def check_template(template: str) -> str:
    """Returns the template of `output_name`; raises ValueError when it cannot name a file."""
    for field in _FIELD.findall(template):
        if field not in _FIELDS:
            raise ValueError(
                f"has the unknown field {{{field}}}; there are {{stem}}, {{voice}} and {{track}}"
            )
    rest = _FIELD.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("has a stray { or }")
    if _UNSAFE.search(rest):
        raise ValueError("has a character that not every system allows in a file name")
    if "{stem}" not in template:
        raise ValueError("must contain {stem}, the original's name")
    if not rest.strip(". ") and "{voice}" not in template:
        raise ValueError("must differ from the original's name: add {voice}, or a word")
    return template


def safe(text: str) -> str:
    """The text with what some system forbids in file names replaced by an underscore."""
    return _UNSAFE.sub("_", text).rstrip(". ") or "_"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _shorten(text: str, size: int) -> str:
    """The text cut to that many bytes, between characters."""
    while _size(text) > size:
        text = text[:-1]
    return text


def output_names(template: str, stem: str, voice: str, track: str, suffix: str) -> Iterator[str]:
    """Names to try in turn: the template's, then with .2, .3 ... before the suffix.

    `stem` is the original's name as it is (it stands on disk already); of a name longer than 255 bytes
    the stem is cut.
    """
    fields = {"stem": "", "voice": safe(voice), "track": safe(track)}
    frame = _fill(template, fields)
    for number in itertools.count(1):
        ending = (f".{number}" if number > 1 else "") + suffix
        room = (MAX_NAME_BYTES - _size(frame + ending)) // template.count("{stem}")
        yield _fill(template, fields | {"stem": _shorten(stem, max(1, room))}) + ending


def _fill(template: str, fields: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda found: fields[found[1]], template)


def original_name(name: str, template: str, voices: Collection[str]) -> str | None:
    """The name of the take that the template gives this name for; None when it gives no such name.

    A last resort beside the ledger and the mark inside the file: the take must lie next to it.
    """
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return None
    spoken = "|".join(sorted({re.escape(safe(v)) for v in voices}, key=len, reverse=True)) or "(?!)"
    parts = {"stem": r"(?P<stem>.+)", "voice": f"(?:{spoken})", "track": r".+?"}
    expression, end = "", 0
    for found in _FIELD.finditer(template):
        expression += re.escape(template[end : found.start()]) + parts[found[1]]
        if found[1] == "stem":
            parts["stem"] = r"(?P=stem)"
        end = found.end()
    expression += re.escape(template[end:]) + r"(?:\.\d+)?"
    match = re.fullmatch(expression, unicodedata.normalize("NFC", stem), re.DOTALL)
    return f"{match['stem']}.{suffix}" if match else None
