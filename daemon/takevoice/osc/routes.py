"""Maps addresses of the core and of plugins to their handlers, and defines the request that a handler receives."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from takevoice.osc import packets
from takevoice.osc.addresses import REPLIES, Address, Argument
from takevoice.osc.patterns import is_pattern, matches
from takevoice.osc.peers import Peer

MAX_SUGGESTION = 64  # characters; longer addresses get no suggestion


@dataclass(frozen=True)
class OscRequest:
    """A valid message: its arguments by name, and the peer that receives the replies."""

    address: str
    id: str
    arguments: dict[str, Any]
    peer: Peer
    pairs: list[tuple[str, Any]] = field(default_factory=list)

    def reply(self, address: str, *values: Any) -> None:
        """Send a reply that starts with the request id; values are str, int, float, bool or bytes."""
        self.peer.send(packets.build(address, self.id, *values))

    def reply_all(self, address: str, head: Sequence[Any], items: Sequence[Sequence[Any]]) -> None:
        """Send the items in as many replies as they need, each starting with the request id and `head`."""
        for packet in packets.build_split(address, [self.id, *head], items):
            self.peer.send(packet)

    def answer(self, value: Any) -> None:
        """Send the value of an address that has one, to the address as the client spelled it."""
        self.peer.send(packets.build(self.address, value))

    def ok(self) -> None:
        """Send /takevoice/ok."""
        self.reply("/takevoice/ok")

    def fail(self, code: str, text: str) -> None:
        """Send /takevoice/fail with a code and a text."""
        self.reply("/takevoice/fail", code, packets.shortened(text))


Handler = Callable[[OscRequest], None]
_COMMON = "/takevoice/"
_NAMED = re.compile(r"[A-Z]+")
"""A part of an address that stands for any name, such as TRACK."""
_PLAIN = "!\"$&'()+-.:;<=>@^_`|~"
"""What OSC allows in a part of an address, besides letters and digits; % stands for itself in none."""


def part_of(name: str) -> str:
    """Return a name as a part of an address: what OSC does not allow there is written as %XX, as in URLs."""
    return quote(name, safe=_PLAIN, errors="surrogateescape")


class Route(NamedTuple):
    """Where a message goes: `spelled` is the full address, `parts` are the names in it, such as the track."""

    address: Address
    handler: Handler
    spelled: str
    parts: dict[str, str]


class OscRoutes:
    """The addresses and their handlers."""

    def __init__(self) -> None:
        self.handlers: dict[str, tuple[Address, Handler]] = {}
        self._tracks: Callable[[], Iterable[str]] = tuple
        self._keys: Sequence[str] = ()

    def expand(self, tracks: Callable[[], Iterable[str]], keys: Sequence[str]) -> None:
        """Let address patterns match these tracks and keys."""
        self._tracks, self._keys = tracks, keys

    def find(self, address: str) -> Sequence[Route]:
        """Return where a message goes: to one address, or to all that an address pattern (OSC 1.0) matches, apart from those that
        have to be named in full."""
        if address in self.handlers:
            return [Route(*self.handlers[address], address, {})]
        parts = address.split("/")
        if not is_pattern(address):
            return [
                Route(known, handler, address, named)
                for known, handler in self.handlers.values()
                if (named := _named(known.address.split("/"), parts)) is not None
            ]
        return [route for route in self._matching_all(parts) if not route.address.needs_its_name]

    def named_in_full(self, pattern: str) -> Sequence[str]:
        """Return the addresses that a pattern matches and does not reach."""
        return [route.spelled for route in self._matching_all(pattern.split("/")) if route.address.needs_its_name]

    def _matching_all(self, pattern: Sequence[str]) -> Iterable[Route]:
        return (route for known, handler in self.handlers.values() for route in self._matching(known, handler, pattern))

    def _matching(self, known: Address, handler: Handler, pattern: Sequence[str]) -> Iterable[Route]:
        literal = known.address.split("/")
        if len(literal) != len(pattern):
            return
        if not all(_NAMED.fullmatch(part) or matches(wanted, part) for part, wanted in zip(literal, pattern, strict=True)):
            return
        if not any(map(_NAMED.fullmatch, literal)):
            yield Route(known, handler, known.address, {})
            return
        *head, wanted_track, wanted_key = pattern
        keys = [key for key in self._keys if matches(wanted_key, key)]
        for track in self._tracks_of(wanted_track) if keys else ():
            for key in keys:
                spelled = "/".join([*literal[: len(head)], part_of(track), key])
                yield Route(known, handler, spelled, {"track": track, "key": key})

    def _tracks_of(self, pattern: str) -> Iterable[str]:
        """Return the known tracks that a part of an address matches, as they are or as they are written there; one that is named may
        be unknown."""
        if not is_pattern(pattern):
            return [unquote(pattern, errors="surrogateescape")] if pattern else []
        return [track for track in self._tracks() if matches(pattern, track) or matches(pattern, part_of(track))]

    def add(self, address: Address, handler: Handler) -> None:
        """Add an address. Raise ValueError if it exists already or is invalid."""
        name = address.address
        if name in self.handlers:
            raise ValueError(f"the OSC address {name} exists already")
        if not name.startswith("/") or len(name) > packets.MAX_ADDRESS:
            raise ValueError(f"{name} is not an OSC address")
        self.handlers[name] = (address, handler)

    def serve(
        self, address: str, arguments: Sequence[str], reply: str, meaning: str, handler: Handler
    ) -> None:
        """Add an address of a plugin. `arguments` names the arguments after the request id; those in [] are optional.

        One thread calls the handlers of all requests, so a handler must be fast. It replies with `request.reply`; a
        TakevoiceError becomes /takevoice/fail. An address that exists already raises ValueError.
        """
        if address in REPLIES:
            raise ValueError(f"the OSC address {address} is one of the daemon's replies")
        parsed = tuple(Argument(name.strip("[]"), "value", name.startswith("[")) for name in arguments)
        self.add(Address(address, parsed, reply, meaning), handler)

    def nearest(self, address: str) -> str:
        """Return the address most similar to `address`; "" if none is similar, or it is a pattern."""
        if len(address) > MAX_SUGGESTION or is_pattern(address):
            return ""
        # What all addresses begin with says nothing; all of them are in lower case.
        known = {each.removeprefix(_COMMON): each for each in self.handlers}
        near = difflib.get_close_matches(address.lower().removeprefix(_COMMON), known, n=1, cutoff=0.5)
        return known[near[0]] if near else ""


def _named(known: Sequence[str], parts: Sequence[str]) -> dict[str, str] | None:
    """Return the names in an address, by the part of the known address that stands for them; None: it is another address."""
    if len(known) != len(parts):
        return None
    found: dict[str, str] = {}
    for part, given in zip(known, parts, strict=True):
        if _NAMED.fullmatch(part) and given:
            found[part.lower()] = unquote(given, errors="surrogateescape")
        elif part != given:
            return None
    return found
