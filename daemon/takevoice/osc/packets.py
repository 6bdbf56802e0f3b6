"""Splits OSC packets into messages, and builds messages (OSC 1.0)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pythonosc.osc_message_builder import OscMessageBuilder

from takevoice.osc.messages import MAX_ADDRESS as MAX_ADDRESS
from takevoice.osc.messages import MAX_ARGUMENTS as MAX_ARGUMENTS
from takevoice.osc.messages import MAX_MESSAGE as MAX_MESSAGE
from takevoice.osc.messages import BadPacket as BadPacket
from takevoice.osc.messages import Message as Message
from takevoice.osc.messages import read_message

MAX_PACKET = 65_535  # bytes: the size of a UDP datagram, and the largest accepted TCP frame
MAX_REPLY = 4_000  # bytes; several clients read at most 4,096 at a time
MAX_DEPTH = 8
_BUNDLE = b"#bundle\0"
_BUNDLE_HEAD = len(_BUNDLE) + 8  # the time tag is ignored: messages are handled at once


def read(packet: bytes | BadPacket) -> Iterator[Message | BadPacket]:
    """Yield the messages of a packet, those of bundles in order, regardless of time tags; in place of each that is invalid, why.

    An invalid element of a bundle does not affect the others. A packet that was lost on its way is passed on as it is.
    """
    if isinstance(packet, BadPacket):
        yield packet
    elif len(packet) > MAX_PACKET:
        yield BadPacket(f"it has {len(packet)} bytes; the limit is {MAX_PACKET}")
    else:
        yield from _read(packet, 0)


def _read(packet: bytes, depth: int) -> Iterator[Message | BadPacket]:
    if packet[:8] != _BUNDLE:
        try:
            message = read_message(packet)
        except BadPacket as error:
            yield error
        else:
            yield message
    elif depth >= MAX_DEPTH:
        yield BadPacket(f"bundles are nested more than {MAX_DEPTH} deep")
    elif len(packet) < _BUNDLE_HEAD:
        yield BadPacket("a bundle without a time tag")
    else:
        yield from _elements(packet, depth)


def _elements(packet: bytes, depth: int) -> Iterator[Message | BadPacket]:
    position = _BUNDLE_HEAD
    while position < len(packet):
        size = int.from_bytes(packet[position : position + 4], "big", signed=True)
        end = position + 4 + size
        if size < 4 or end > len(packet):
            yield BadPacket(f"a bundle's element of {size} bytes; where the next one begins is unknown")
            return
        yield from _read(packet[position + 4 : end], depth + 1)
        position = end


def build(address: str, *arguments: Any) -> bytes:
    """Return a message as bytes. Integers beyond 32 bits become 64-bit integers; invalid Unicode is escaped."""
    builder = OscMessageBuilder(address)
    for value in arguments:
        builder.add_arg(_sendable(value) if isinstance(value, str) else value)
    return bytes(builder.build().dgram)


def _sendable(text: str) -> str:
    # File names on Linux need not be valid Unicode, and an OSC string ends at the first NUL.
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode()


def shortened(text: str, size: int = MAX_REPLY // 2) -> str:
    """Return the text, cut in the middle if it has more than `size` bytes."""
    data = _sendable(text).encode()
    if len(data) <= size:
        return text
    half = size // 2 - 3
    return f"{data[:half].decode(errors='ignore')}...{data[-half:].decode(errors='ignore')}"


def build_split(address: str, head: Sequence[Any], items: Sequence[Sequence[Any]]) -> list[bytes]:
    """Return as few messages as possible, each with the head and none longer than `MAX_REPLY` unless one item is."""
    packets: list[bytes] = []
    chosen: list[Any] = []
    for item in items:
        if chosen and len(build(address, *head, *chosen, *item)) > MAX_REPLY:
            packets.append(build(address, *head, *chosen))
            chosen = []
        chosen += item
    return [*packets, build(address, *head, *chosen)]
