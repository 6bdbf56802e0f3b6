"""Maps addresses of the core and of plugins to their handlers, and defines the request that a handler receives."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from takevoice.osc import packets
from takevoice.osc.addresses import REPLIES, Address, Argument
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

    def ok(self) -> None:
        """Send /takevoice/ok."""
        self.reply("/takevoice/ok")

    def fail(self, code: str, text: str) -> None:
        """Send /takevoice/fail with a code and a text."""
        self.reply("/takevoice/fail", code, packets.shortened(text))


Handler = Callable[[OscRequest], None]


class OscRoutes:
    """The addresses and their handlers."""

    def __init__(self) -> None:
        self.handlers: dict[str, tuple[Address, Handler]] = {}

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
        """Return the address most similar to `address`; "" if none is similar."""
        if len(address) > MAX_SUGGESTION:
            return ""
        return next(iter(difflib.get_close_matches(address, self.handlers, n=1, cutoff=0.5)), "")
