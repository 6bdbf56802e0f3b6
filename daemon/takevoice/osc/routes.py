"""The addresses in force, the core's and the plugins', and what a handler of one is given."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from takevoice.osc import packets
from takevoice.osc.peers import Peer
from takevoice.osc.table import REPLIES, Address, Argument

MAX_NEAR = 64  # characters of an address that the nearest is looked for


@dataclass(frozen=True)
class OscRequest:
    """One message that fits its address: its arguments by name, and where the replies go."""

    address: str
    id: str
    arguments: dict[str, Any]
    peer: Peer
    pairs: list[tuple[str, Any]] = field(default_factory=list)

    def reply(self, address: str, *values: Any) -> None:
        """Sends a reply that begins with the request's id; values are str, int, float, bool or bytes."""
        self.peer.send(packets.build(address, self.id, *values))

    def reply_all(self, address: str, head: Sequence[Any], items: Sequence[Sequence[Any]]) -> None:
        """Sends as many replies as the items need."""
        for packet in packets.build_split(address, [self.id, *head], items):
            self.peer.send(packet)

    def ok(self) -> None:
        """Says that it is done."""
        self.reply("/takevoice/ok")

    def fail(self, code: str, text: str) -> None:
        """Says that it cannot be done, and why."""
        self.reply("/takevoice/fail", code, packets.shortened(text))


Handler = Callable[[OscRequest], None]


class OscRoutes:
    """Addresses and their handlers."""

    def __init__(self) -> None:
        self.table: dict[str, tuple[Address, Handler]] = {}

    def add(self, address: Address, handler: Handler) -> None:
        """Adds an address; one that is taken raises ValueError."""
        name = address.address
        if name in self.table:
            raise ValueError(f"the OSC address {name} is there already")
        if not name.startswith("/") or len(name) > packets.MAX_ADDRESS:
            raise ValueError(f"{name} is no OSC address")
        self.table[name] = (address, handler)

    def serve(
        self, address: str, arguments: Sequence[str], reply: str, meaning: str, handler: Handler
    ) -> None:
        """Adds a plugin's address. `arguments` are the names of those after the request id; one in [] may be left out.

        The handler is called in the thread that handles every request, so it must be quick. It answers with
        `request.reply`; a TakevoiceError that it raises becomes /takevoice/fail. A taken address raises ValueError.
        """
        if address in REPLIES:
            raise ValueError(f"the OSC address {address} is one of the daemon's replies")
        named = tuple(Argument(name.strip("[]"), "value", name.startswith("[")) for name in arguments)
        self.add(Address(address, named, reply, meaning), handler)

    def nearest(self, address: str) -> str:
        """The address that was probably meant; empty when none comes near."""
        if len(address) > MAX_NEAR:
            return ""
        return next(iter(difflib.get_close_matches(address, self.table, n=1, cutoff=0.5)), "")
