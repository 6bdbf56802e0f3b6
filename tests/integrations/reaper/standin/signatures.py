"""What the API's listing says about each call: how many arguments, and of what kind.

The table is `calls.txt`, one call a line: the name, then a word for each argument: `integer`, `number`, `string`,
`boolean`, `function`, `array`, or the type of a pointer; `?` before it: may be left out. It is made from the listing
that REAPER 7.60 prints (Help, ReaScript documentation) by `read_listing`, and compared with it by a test.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

PLAIN = {"integer", "number", "string", "boolean", "function", "array", "any", "identifier"}
BUILT_IN = frozenset(
    "atexit defer runloop get_action_context gmem_attach gmem_read gmem_write new_array set_action_options".split()
)
"""Calls that Lua alone has."""
_LINE = re.compile(r"^Lua: `(?P<returns>[^`(]*?)\breaper\.(?P<name>\w+)\((?P<arguments>[^)]*)\)`", re.MULTILINE)


class Signature(NamedTuple):
    """The arguments of a call: the least and the most of them, and the kind of each."""

    least: int
    most: int
    kinds: tuple[str, ...]

    @property
    def handles(self) -> set[str]:
        """The types of pointers the call takes."""
        return {kind for kind in self.kinds if kind not in PLAIN}


def signature(words: list[str]) -> Signature:
    """Return the signature written as in `calls.txt`."""
    least = sum(not word.startswith("?") for word in words)
    return Signature(least, len(words), tuple(word.lstrip("?") for word in words))


def read_listing(text: str) -> dict[str, Signature]:
    """Return the signatures in REAPER's listing, as text or Markdown.

    The calls that Lua alone has (`BUILT_IN`) are written in another form there and are left out.
    """
    found = {}
    for match in _LINE.finditer(text):
        words = [_kind(each) for each in match["arguments"].split(",") if each.strip()]
        if match["name"] not in BUILT_IN:
            found[match["name"]] = signature(words)
    return found


def _kind(argument: str) -> str:
    """Return the word of the table for an argument of the listing, such as `optional number srcposIn`."""
    optional = argument.split()[0] == "optional"
    words = argument.split()[optional:]
    kind = {"reaper.array": "array"}.get(words[0], words[0])
    return ("?" if optional else "") + kind


def _read() -> dict[str, Signature]:
    lines = (Path(__file__).with_name("calls.txt")).read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: signature(words) for name, *words in rows}


SIGNATURES: dict[str, Signature] = _read()


def complaint(name: str, arguments: tuple[Any, ...]) -> str | None:
    """Return what REAPER (or a careful reader of its listing) objects to in a call, or None."""
    return complaint_of(name, SIGNATURES[name], arguments)


def complaint_of(name: str, known: Signature, arguments: tuple[Any, ...]) -> str | None:
    """Return what is wrong with the arguments of a call by its signature, or None."""
    if len(arguments) < known.least:
        return f"{name}: at least {known.least} arguments expected, got {len(arguments)}"
    if len(arguments) > known.most:
        return f"{name}: at most {known.most} arguments are documented, got {len(arguments)}"
    for number, (kind, value) in enumerate(zip(known.kinds, arguments, strict=False), 1):
        if number > known.least and value is None:
            continue
        if not fits(kind, value):
            return f"bad argument #{number} to '{name}' ({kind} expected, got {described(value)})"
    return None


def fits(kind: str, value: Any) -> bool:
    """Return whether a value is of a kind."""
    if kind == "ReaProject" and (value is None or value == 0):
        return True  # nil and 0 are the current project
    if kind in ("integer", "number"):
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return numeric and (kind == "number" or float(value).is_integer())
    if kind in ("string", "boolean"):
        return isinstance(value, str if kind == "string" else bool)
    if kind in ("function", "array", "any", "identifier"):
        return True
    return getattr(value, "pointer", None) == kind


def described(value: Any) -> str:
    """Return the type of a value, in Lua's words."""
    if value is None:
        return "nil"
    names = {bool: "boolean", str: "string", int: "number", float: "number"}
    return str(getattr(value, "pointer", names.get(type(value), "table")))
