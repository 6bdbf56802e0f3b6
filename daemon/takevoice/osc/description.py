"""A description of the address space in JSON, after the OSCQuery proposal (github.com/Vidvox/OSCQueryProposal)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from takevoice.osc.addresses import TRACK_VALUE, Address, Argument
from takevoice.osc.routes import part_of
from takevoice.osc.track_values import TrackValue, track_values

NOTHING, WRITE, READ_AND_WRITE = 0, 2, 3
"""ACCESS: of a container; of a message, whose replies come over OSC only; of an address with one value."""
REQUIRED = ("FULL_PATH", "CONTENTS", "TYPE")
OPTIONAL = ("ACCESS", "DESCRIPTION", "EXTENDED_TYPE", "OVERLOADS", "RANGE", "VALUE")
_ID = Argument("id")
Node = dict[str, Any]
_PYTHON_TYPES: Mapping[str, tuple[type, ...]] = {"f": (int, float), "i": (int,), "s": (str,)}


@dataclass(frozen=True)
class CurrentValues:
    """The values in force: of addresses with one value, and by track and key."""

    single: Mapping[str, Any] = field(default_factory=dict)
    tracks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def describe(addresses: Iterable[Address], values: CurrentValues) -> Node:
    """Return the root node, which contains a node for each part of each address, also for each key of each track."""
    root = _container("/")
    for address in addresses:
        if address.address == TRACK_VALUE:
            for track, settings in values.tracks.items():
                for key in track_values():
                    full = TRACK_VALUE.replace("TRACK", part_of(track)).replace("KEY", key.key)
                    _put(root, full, _track_value(full, key, settings.get(key.key)))
        elif address.access == "rw":
            _put(root, address.address, _single(address, values.single.get(address.address)))
        else:
            _put(root, address.address, _message(address))
    return root


def find(root: Node, path: str) -> Node | None:
    """Return the node at an OSC address, or None."""
    node: Node | None = root
    for name in filter(None, path.split("/")):
        node = node.get("CONTENTS", {}).get(name) if node else None
    return node


def host_info(name: str, port: int) -> Node:
    """Return the HOST_INFO of the OSC server at `port`, which has the same host as the description."""
    return {
        "NAME": name,
        "OSC_PORT": port,
        "OSC_TRANSPORT": "UDP",
        "EXTENSIONS": dict.fromkeys(OPTIONAL, True),
    }


def _container(path: str) -> Node:
    return {"FULL_PATH": path, "ACCESS": NOTHING, "CONTENTS": {}}


def _put(root: Node, full: str, method: Node) -> None:
    """Add a method. Its containers can be methods too, such as a list and its rows."""
    *parents, last = full.strip("/").split("/")
    node = root
    for depth, name in enumerate(parents, 1):
        path = "/" + "/".join(parents[:depth])
        node = node.setdefault("CONTENTS", {}).setdefault(name, _container(path))
    node.setdefault("CONTENTS", {}).setdefault(last, {}).update({"FULL_PATH": full, **method})


def _track_value(full: str, key: TrackValue, value: Any) -> Node:
    """Return the node of a key. One that can have several types has that of its value; the others are overloads."""
    tag = next((each for each in key.type_tags if _has_type(value, each)), key.type_tags[0])
    node = _one_value(tag, _limits_of_key(key, tag), key.description, value)
    others = [each for each in key.type_tags if each != tag]
    if others:
        path = {"FULL_PATH": full, "ACCESS": READ_AND_WRITE}
        node["OVERLOADS"] = [{**path, "TYPE": each, "RANGE": [_limits_of_key(key, each)]} for each in others]
    return node


def _has_type(value: Any, tag: str) -> bool:
    if isinstance(value, bool):
        return tag == "T"
    return isinstance(value, _PYTHON_TYPES.get(tag, ()))


def _limits_of_key(key: TrackValue, tag: str) -> Node | None:
    if key.choices:
        return {"VALS": list(key.choices)} if tag == "s" else None
    limits = {name: limit for name, limit in (("MIN", key.least), ("MAX", key.most)) if limit is not None}
    return limits if limits and tag in "fi" else None


def _single(address: Address, value: Any) -> Node:
    (argument,) = address.arguments
    return _one_value(argument.type_tag, _limits(argument), address.meaning, value)


def _one_value(tag: str, limits: Node | None, description: str, value: Any) -> Node:
    node = {"ACCESS": READ_AND_WRITE, "TYPE": tag, "DESCRIPTION": description, "RANGE": [limits]}
    return node if value in (None, "") else {**node, "VALUE": [value]}


def _message(address: Address) -> Node:
    required = [each for each in address.arguments if not each.optional]
    optional = [each for each in address.arguments if each.optional]
    first = [_ID] if address.takes_id else []
    more = "; pairs of a key and a value may follow" if address.pairs else ""
    node = {
        "ACCESS": WRITE,
        "DESCRIPTION": f"{address.meaning}{more}. Replies: {address.reply}",
        **_arguments([*first, *required]),
    }
    if optional:
        node["OVERLOADS"] = [
            {
                "FULL_PATH": address.address,
                "ACCESS": WRITE,
                **_arguments([*first, *required, *optional[:count]]),
            }
            for count in range(1, len(optional) + 1)
        ]
    return node


def _arguments(arguments: Sequence[Argument]) -> Node:
    return {
        "TYPE": "".join(each.type_tag for each in arguments),
        "EXTENDED_TYPE": [each.name for each in arguments],
        "RANGE": [_limits(each) for each in arguments],
    }


def _limits(argument: Argument) -> Node | None:
    if argument.range is None:
        return None
    return {name: limit for name, limit in zip(("MIN", "MAX"), argument.range, strict=True) if limit is not None}
