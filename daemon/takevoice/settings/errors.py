"""Validation errors as lines for people: the place, the key, the value, and what to do. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_TEXTS = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text in quotes",
    "string_too_short": "must not be empty",
    "missing": "is missing",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "tuple_type": "must be a list",
    "too_short": "must not be empty",
}
_TYPES = re.compile(r"(int|float|bool|str)\Z|(tuple|list|literal)\[")
"""How pydantic names the types of a key that can have several."""


def shown(value: Any) -> str:
    """Return a value as it is written in the config, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def key_of(name: str) -> str:
    """Return a key as TOML wants it: quoted unless it is a bare word."""
    return (
        name
        if name and all(c.isalnum() or c in "-_" for c in name) and name.isascii()
        else json.dumps(name, ensure_ascii=False)
    )


def _place(loc: Sequence[str | int]) -> str:
    """`[tracks."Lead Vox"] stability` for ("tracks", "Lead Vox", "stability")."""
    *path, last = loc
    key = key_of(last) if isinstance(last, str) else f"entry {last + 1}"
    if not path:
        return key
    names = ".".join(key_of(part) for part in path if isinstance(part, str))
    number = next((part for part in path if isinstance(part, int)), None)
    return f"[{names}] {key}" if number is None else f"[[{names}]] number {number + 1}: {key}"


def _nearest(key: str, loc: Sequence[str | int], model: type[BaseModel]) -> str:
    fields = _model_at(loc[:-1], model).model_fields
    near = difflib.get_close_matches(key, fields, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(fields)}"


def _model_at(loc: Sequence[str | int], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the table that `loc` leads to."""
    names = [part for part in loc if isinstance(part, str)]
    if not names or names[0] not in model.model_fields:
        return model
    annotation = model.model_fields[names[0]].annotation
    for candidate in (annotation, *getattr(annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return model


def validation_errors(error: ValidationError, model: type[BaseModel], where: str) -> tuple[str, ...]:
    """Return one line for each fault that pydantic found, such as
    `takevoice.toml: [defaults] stability = 1.4 must be at most 1`."""
    lines: list[str] = []
    places = [fault["loc"] for fault in error.errors()]
    alternatives: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for fault in error.errors():
        if (place := _of_several_types(fault["loc"], model)) is not None:
            alternatives.setdefault(place, []).append(fault)
            continue
        if any(len(place) > len(fault["loc"]) and place[: len(fault["loc"])] == fault["loc"] for place in places):
            continue  # a list is wrong because of an entry, which has a line of its own
        kind, context = fault["type"], fault.get("ctx", {})
        if kind == "extra_forbidden":
            text = f"is no known key; {_nearest(str(fault['loc'][-1]), fault['loc'], model)}"
        elif kind in ("less_than_equal", "less_than"):
            text = (
                f"must be {'at most' if 'equal' in kind else 'below'} {context.get('le', context.get('lt'))}"
            )
        elif kind in ("greater_than_equal", "greater_than"):
            text = (
                f"must be {'at least' if 'equal' in kind else 'above'} {context.get('ge', context.get('gt'))}"
            )
        elif kind == "literal_error":
            text = f"must be {context['expected']}"
        elif kind == "value_error":
            text = str(context["error"])
        else:
            text = _TEXTS.get(kind, fault["msg"])
        value = "" if kind == "missing" or fault["input"] is None else f" = {shown(fault['input'])}"
        lines.append(f"{where}: {_place(fault['loc'])}{value} {text}")
    lines += [_no_type_fits(place, faults, where) for place, faults in alternatives.items()]
    return tuple(lines)


def _of_several_types(loc: tuple[str | int, ...], model: type[BaseModel]) -> tuple[str | int, ...] | None:
    """Return the place of a key that can have several types, if the fault is that the value has none of them."""
    for index in range(len(loc) - 2, -1, -1):
        key, kind = loc[index], loc[index + 1]
        if key in _model_at(loc[:index], model).model_fields and isinstance(kind, str) and _TYPES.match(kind):
            return loc[: index + 1]
    return None


def _no_type_fits(place: Sequence[str | int], faults: Sequence[ErrorDetails], where: str) -> str:
    """Return the line for a value that is wrong in each way in which it can be read; `faults` has one or more for each type."""
    kinds = list(dict.fromkeys(str(fault["loc"][len(place)]) for fault in faults))
    given = next((fault["input"] for fault in faults if len(fault["loc"]) == len(place) + 1), None)
    value = "" if given is None else f" = {shown(given)}"
    entry = next((at + 1 for fault in faults for at in fault["loc"][len(place) :] if isinstance(at, int)), None)
    wrong = "" if entry is None else f"; entry {entry} of the list is wrong"
    return f"{where}: {_place(place)}{value} must be {' or '.join(map(_type_in_words, kinds))}{wrong}"


def _type_in_words(kind: str) -> str:
    words = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text in quotes"}
    if kind.startswith("literal["):
        return kind[len("literal[") : -1].replace("'", '"').replace(",", " or ")
    return words.get(kind, "a list")
