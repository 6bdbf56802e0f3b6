"""The options of one request (`request_options`), under the names of the official SDK. No input or output."""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_NUMBERS: Mapping[str, type] = {"chunk_size": int, "timeout_in_seconds": float, "max_retries": int}
_ADDITIONS = ("additional_headers", "additional_query_parameters", "additional_body_parameters")
NAMES = (*_NUMBERS, *_ADDITIONS)
_OWN_HEADERS = {
    "accept-encoding", "connection", "content-length", "content-type", "expect", "host", "te", "trailer",
    "transfer-encoding", "upgrade", "xi-api-key",
}  # fmt: skip
"""Headers that the client itself sets, because the request would not be what it checked without them."""


@dataclass(frozen=True)
class Options:
    """The options of one request. None: the client's setting."""

    chunk_size: int | None = None  # size of the chunks in bytes; None: as they arrive
    timeout: float | None = None  # seconds to wait for the server while writing and reading
    max_retries: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # besides the client's own
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)


def read_options(given: Any, problems: list[str], *, reserved: Container[str]) -> Options:
    """Return the options in a mapping; what cannot be used is added to `problems`.

    `reserved`: the parameters of a conversion, which are given as such.
    """
    if not isinstance(given, Mapping):
        problems.append("request_options must be a mapping")
        return Options()
    problems += unknown(given, NAMES, "request_options: ")
    for name in _NUMBERS:
        value = given.get(name)
        number = not isinstance(value, bool) and isinstance(value, int | _NUMBERS[name])
        if value is not None and not (number and value >= 0):
            problems.append(f"request_options: {name} = {value!r} must be a number, 0 or more")
    headers, query, form = (_texts(name, given.get(name), problems, reserved) for name in _ADDITIONS)
    return Options(
        given.get("chunk_size") or None,
        given.get("timeout_in_seconds") or None,
        given.get("max_retries"),
        headers,
        query,
        form,
    )


def _texts(option: str, given: Any, problems: list[str], reserved: Container[str]) -> dict[str, str]:
    """Return names and values as text, without those that are None. No value is quoted: it may be a secret."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        problems.append(f"request_options: {option} must be a mapping with names as keys")
        return {}
    texts = {name: value for name, value in given.items() if value is not None}
    for name, value in texts.items():
        wrong = _header_problem(name, text_of(value)) if option == _ADDITIONS[0] else _problem(name, reserved)
        if not isinstance(value, str | int | float):
            wrong = "must be text or a number"
        if wrong:
            problems.append(f"request_options: {option}: {name!r} {wrong}")
    return {name: text_of(value) for name, value in texts.items()}


def _header_problem(name: str, value: str) -> str:
    if name.lower() in _OWN_HEADERS:
        return "is set by the client itself"
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        return "is not the name of a header"
    return "" if re.fullmatch(r"[\t\x20-\x7e]*", value) else "has characters that a header cannot carry"


def _problem(name: str, reserved: Container[str]) -> str:
    if name in reserved or name == "audio":
        return "is a parameter of the conversion: give it as one"
    return "" if re.fullmatch(r"[\w.\[\]-]+", name) else "is not the name of a parameter"


def text_of(value: object) -> str:
    """Return a value as forms and queries carry it: true and false in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def unknown(given: Iterable[str], known: Iterable[str], place: str) -> list[str]:
    """Return a line for each name that is not known, with the nearest that is."""
    names = list(known)
    problems = []
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            problems.append(
                f"{place}{name} is not a parameter; "
                + (f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}")
            )
    return problems
