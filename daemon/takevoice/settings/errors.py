"""Validation errors as lines for people: the place, the key, the value, and what to do. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

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
    lines = []
    places = [fault["loc"] for fault in error.errors()]
    for fault in error.errors():
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
    return tuple(lines)
