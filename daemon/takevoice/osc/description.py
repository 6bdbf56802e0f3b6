"""A description of the address space in JSON, after the OSCQuery proposal (github.com/Vidvox/OSCQueryProposal)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from takevoice.osc.addresses import Address, Argument
from takevoice.osc.arguments import MAX_PORT

NOTHING, WRITE = 0, 2  # ACCESS: a container; a message that can be sent, and has no value that can be read
ATTRIBUTES = ("ACCESS", "DESCRIPTION", "EXTENDED_TYPE", "OVERLOADS", "RANGE")
"""The optional attributes that nodes have."""
REQUIRED = ("FULL_PATH", "CONTENTS", "TYPE")
_TYPES: Mapping[str, tuple[str, dict[str, Any] | None]] = {
    "number": ("i", {"MIN": 1}),
    "port": ("i", {"MIN": 0, "MAX": MAX_PORT}),
    "seconds": ("f", {"MIN": 0}),
}
_TEXT: tuple[str, dict[str, Any] | None] = ("s", None)
_ID = Argument("id")


def describe(addresses: Iterable[Address]) -> dict[str, Any]:
    """Return the root node, which contains a node for each part of each address."""
    root = _container("/")
    for address in addresses:
        *parents, last = address.address.strip("/").split("/")
        node = root
        for depth, name in enumerate(parents, 1):
            contents = node.setdefault("CONTENTS", {})
            node = contents.setdefault(name, _container("/" + "/".join(parents[:depth])))
        # An address can also contain others.
        node.setdefault("CONTENTS", {}).setdefault(last, {}).update(_method(address))
    return root


def find(root: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """Return the node at an OSC address, or None."""
    node = root
    for name in filter(None, path.split("/")):
        node = node.get("CONTENTS", {}).get(name)
        if node is None:
            return None
    return node


def host_info(name: str, port: int) -> dict[str, Any]:
    """Return the HOST_INFO of the OSC server at `port`, which has the same host as the description."""
    return {
        "NAME": name,
        "OSC_PORT": port,
        "OSC_TRANSPORT": "UDP",
        "EXTENSIONS": dict.fromkeys(ATTRIBUTES, True),
    }


def _container(path: str) -> dict[str, Any]:
    return {"FULL_PATH": path, "ACCESS": NOTHING, "CONTENTS": {}}


def _method(address: Address) -> dict[str, Any]:
    required = [each for each in address.arguments if not each.optional]
    optional = [each for each in address.arguments if each.optional]
    more = "; pairs of a key and a value may follow" if address.pairs else ""
    node = {
        "FULL_PATH": address.address,
        "ACCESS": WRITE,
        "DESCRIPTION": f"{address.meaning}{more}. Replies: {address.reply}",
        **_arguments([_ID, *required]),
    }
    if optional:
        node["OVERLOADS"] = [
            {"FULL_PATH": address.address, "ACCESS": WRITE, **_arguments([_ID, *required, *optional[:count]])}
            for count in range(1, len(optional) + 1)
        ]
    return node


def _arguments(arguments: Sequence[Argument]) -> dict[str, Any]:
    kinds = [_TYPES.get(each.kind, _TEXT) for each in arguments]
    return {
        "TYPE": "".join(tag for tag, _ in kinds),
        "EXTENDED_TYPE": [each.name for each in arguments],
        "RANGE": [limits for _, limits in kinds],
    }
