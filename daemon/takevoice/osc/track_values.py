"""The settings of a track as OSC addresses with one value each, for faders, buttons and lists to choose from."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from takevoice.settings import TrackSettings


@dataclass(frozen=True)
class TrackValue:
    """A key of a track. `type_tags`: the OSC types that suit it, the best one first; "T" stands for T and F."""

    key: str
    type_tags: str
    description: str
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def range(self) -> str:
        """The range in the notation of the documentation; empty where any value of the type will do."""
        if self.choices:
            return ", ".join(self.choices)
        return "" if self.least is None else f"{self.least} to {self.most}"


def track_values() -> Sequence[TrackValue]:
    """Return every key that can be set for a track, in the order of the documentation."""
    return [_value(key, [field.annotation, *field.metadata], str(field.description)) for key, field in TrackSettings.model_fields.items()]


def _value(key: str, parts: Sequence[Any], description: str) -> TrackValue:
    found = [each for part in parts for each in _flat(part)]
    tags = [tag for kind, tag in _TAGS if kind in found]
    choices = [str(each) for part in found if get_origin(part) is Literal for each in get_args(part)]
    if choices and "s" not in tags:
        tags.append("s")
    limits = {name: getattr(each, name) for each in found for name in ("ge", "le") if hasattr(each, name)}
    return TrackValue(key, "".join(tags), description, limits.get("ge"), limits.get("le"), tuple(choices))


_TAGS: Sequence[tuple[type, str]] = ((float, "f"), (int, "i"), (bool, "T"), (str, "s"))


def _flat(part: Any) -> Iterator[Any]:
    """Yield the types and limits in a type such as `Annotated[float, Field(ge=0)] | None`."""
    origin = get_origin(part)
    if origin in (Union, types.UnionType, Annotated):
        for each in get_args(part):
            yield from _flat(each)
    elif hasattr(part, "metadata"):
        yield from part.metadata
    else:
        yield part
