"""Names of converted files: from the template, valid on every system, never longer than a name may be. Pure."""

from __future__ import annotations

import itertools
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

MAX_NAME_BYTES = 255
CANDIDATES = "candidates"  # the folder of a take's candidates, next to its result
MAX_PLAIN = 120  # bytes of a name that a script gives, which becomes part of the result's
RESERVED = frozenset("con prn aux nul".split()) | {f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)}
"""Names that Windows has for devices, whatever suffix follows."""
_FIELD = re.compile(r"\{([^{}]*)\}")
_DATE_MARK, _NUMBER_MARK = "\ue000", "\ue001"  # no name has them
_DATE = r"\d{4}-\d\d-\d\d"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(frozen=True)
class NameFields:
    """What a template can insert into a name, and the name's suffix (with its dot)."""

    stem: str  # the original's name, without its suffix
    voice: str
    track: str
    suffix: str
    take: str = ""  # what the pattern of the watched folder finds besides the track
    seed: int | None = None
    date: str = ""  # such as 2026-11-26
    number: int = 1  # of the name, where several are tried


@dataclass(frozen=True)
class _Placeholder:
    """`help` says what it is; `value` is what it becomes; `matches` is a pattern for what it may have become, given the
    known voices."""

    help: str
    value: Callable[[NameFields], str]
    matches: Callable[[Collection[str]], str]


def _any_of(names: Collection[str]) -> str:
    return "|".join(sorted({re.escape(safe(name)) for name in names}, key=len, reverse=True)) or "(?!)"


PLACEHOLDERS: dict[str, _Placeholder] = {
    "stem": _Placeholder("the original's name", lambda fields: fields.stem, lambda _: r"(?P<stem>.+)"),
    "voice": _Placeholder(
        "the voice", lambda fields: safe(fields.voice), lambda voices: f"(?:{_any_of(voices)})"
    ),
    "track": _Placeholder("the track", lambda fields: safe(fields.track), lambda _: r".+?"),
    "take": _Placeholder(
        "the take, as the pattern `track` finds it, else the original's name",
        lambda fields: safe(fields.take or fields.stem),
        lambda _: r".+?",
    ),
    "seed": _Placeholder(
        'the seed, or "any"', lambda fields: "any" if fields.seed is None else str(fields.seed), lambda _: r"(?:\d+|any)"
    ),
    "date": _Placeholder("the day on which the original was written", lambda fields: fields.date, lambda _: _DATE),
    "n": _Placeholder("1, or the next number that is free", lambda fields: str(fields.number), lambda _: r"\d+"),
}
"""Every {placeholder} of `output_name`."""


def placeholders() -> str:
    """Return the placeholders with what each is, as a list in a sentence."""
    *others, last = (f"{{{name}}} ({placeholder.help})" for name, placeholder in PLACEHOLDERS.items())
    return f"{', '.join(others)} and {last}"


def _without_fields(template: str, known: Collection[str]) -> str:
    """Return what is left without the placeholders; raises ValueError for one that is not known, or a stray brace."""
    for name in _FIELD.findall(template):
        if name not in known:
            *others, last = (f"{{{each}}}" for each in known)
            raise ValueError(f"has the unknown field {{{name}}}; there are {', '.join(others)} and {last}")
    rest = _FIELD.sub("", template)
    if "{" in rest or "}" in rest:
        raise ValueError("has a stray { or }")
    return rest


def check_template(template: str) -> str:
    """Return the template of `output_name`; raises ValueError when it cannot name a file."""
    rest = _without_fields(template, PLACEHOLDERS)
    if "/" in rest or "\\" in rest:
        raise ValueError("must be a name without folders; `output_folder` says where results go")
    if unsafe := _UNSAFE.search(rest):
        raise ValueError(f"has a character that not every system allows in a file name: {unsafe[0]}")
    if "{stem}" not in template and "{take}" not in template:
        raise ValueError("must contain {stem}, the original's name, or {take}")
    return template


def check_names(folder: str, template: str) -> None:
    """Raise ValueError when results in that folder (as `output_folder`) could have the names of their originals."""
    rest = _FIELD.sub("", template)
    if not folder and not rest.strip(". ") and not {"voice", "n", "seed", "date"} & set(_FIELD.findall(template)):
        raise ValueError("must differ from the original's name: add {voice}, or a word, or set output_folder in the same table")


FOLDER_FIELDS = ("folder", "track", "voice", "date")
"""Every {placeholder} of `output_folder`; `folder` is the take's folder within the watched one."""


def check_folder(template: str) -> str:
    """Return the template of `output_folder`; raises ValueError when it cannot name a folder."""
    rest = _without_fields(template, FOLDER_FIELDS)
    drive = re.match(r"[A-Za-z]:[/\\]", rest)
    parts = re.split(r"[/\\]" if os.sep == "\\" else "/", rest[drive.end() :] if drive else rest)
    if unsafe := next((found for part in parts if (found := _UNSAFE.search(part))), None):
        raise ValueError(f"has a character that not every system allows in a folder's name: {unsafe[0]}")
    return template


def fill_folder(template: str, fields: NameFields, inside: str) -> str:
    """Return the folder that a template names for a take; `inside`: the take's folder within the watched one, which is
    appended where the template does not say where it belongs."""
    if "{folder}" not in template:
        template = template.rstrip("/") + "/{folder}"
    values = {"folder": inside, "track": safe(fields.track), "voice": safe(fields.voice), "date": fields.date}
    return _FIELD.sub(lambda found: values[found[1]], template)


def safe(text: str) -> str:
    """Return the text with every character that some system forbids in file names replaced by an underscore."""
    return _UNSAFE.sub("_", text).rstrip(". ") or "_"


def plain_name(name: str) -> str:
    """Return a name that every system accepts for a file, as close to the given one as possible: at most `MAX_PLAIN` bytes."""
    printable = "".join(char if char.isprintable() else "_" for char in name).strip(". ")
    plain = safe(printable) if printable else "take"
    if plain.partition(".")[0].lower() in RESERVED:
        plain = f"_{plain}"
    return _shorten(plain, MAX_PLAIN).rstrip(". ") or "take"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def _shorten(text: str, size: int) -> str:
    """Return the text cut to that many bytes, between characters."""
    while _size(text) > size:
        text = text[:-1]
    return text


def output_names(template: str, fields: NameFields) -> Iterator[str]:
    """Yield names to try in turn: the template's, then with .2, .3 ... before the suffix.

    The stem is used as it is (it exists on disk already), but shortened where the name would exceed 255 bytes.
    """
    numbered = "{n}" in template
    for number in itertools.count(1):
        ending = (f".{number}" if number > 1 and not numbered else "") + fields.suffix
        filled = replace(fields, number=number)
        frame = _fill(template, replace(filled, stem="", take=" "))
        room = (MAX_NAME_BYTES - _size(frame + ending)) // max(1, template.count("{stem}") + template.count("{take}"))
        stem, take = (_shorten(text, max(1, room)) for text in (fields.stem, fields.take or fields.stem))
        yield _fill(template, replace(filled, stem=stem, take=take)) + ending


def found_names(template: str, fields: NameFields) -> str | None:
    """Return a pattern of the names that a result of the same take may have got before; None when `output_names` yields them.

    The day on which the original was written changes when it is copied.
    """
    if "{date}" not in template:
        return None
    marked = template.replace("{date}", _DATE_MARK).replace("{n}", _NUMBER_MARK)
    name = re.escape(next(output_names(marked, fields)))
    expression = name.replace(_DATE_MARK, _DATE).replace(_NUMBER_MARK, r"\d+")
    return expression.removesuffix(re.escape(fields.suffix)) + r"(?:\.\d+)?" + re.escape(fields.suffix)


def candidate_name(name: str, number: int) -> str:
    """Return the name of a candidate whose take gets a result of that name."""
    stem, dot, suffix = name.rpartition(".")
    ending = f".{number}{dot}{suffix}" if stem else f".{number}"
    return _shorten(stem or name, MAX_NAME_BYTES - _size(ending)) + ending


def _fill(template: str, fields: NameFields) -> str:
    return _FIELD.sub(lambda found: PLACEHOLDERS[found[1]].value(fields), template)


def original_name(name: str, template: str, voices: Collection[str]) -> str | None:
    """Return the name of the take that the template gives this name for; None when it gives no such name.

    A last resort besides the ledger and the provenance in the file: the take must be in the same folder.
    """
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        return None
    patterns = {key: placeholder.matches(voices) for key, placeholder in PLACEHOLDERS.items()}
    expression, end = "", 0
    for found in _FIELD.finditer(template):
        expression += re.escape(template[end : found.start()]) + patterns[found[1]]
        if found[1] == "stem":
            patterns["stem"] = r"(?P=stem)"
        end = found.end()
    expression += re.escape(template[end:]) + r"(?:\.\d+)?"
    match = re.fullmatch(expression, unicodedata.normalize("NFC", stem), re.DOTALL)
    return f"{match['stem']}.{suffix}" if match and "{stem}" in template else None
