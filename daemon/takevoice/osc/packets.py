"""Converts OSC packets to messages and back (OSC 1.0). Checks all sizes before python-osc reads a packet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message import ParseError as MessageError
from pythonosc.osc_message_builder import OscMessageBuilder

MAX_PACKET = 65_535  # bytes: the size of a UDP datagram, and the largest accepted TCP frame
MAX_MESSAGE = 16_384  # bytes
MAX_REPLY = 4_000  # bytes; several clients read at most 4,096 at a time
MAX_ADDRESS, MAX_ARGUMENTS, MAX_DEPTH = 255, 128, 8
_BUNDLE = b"#bundle\0"
_BUNDLE_HEAD = len(_BUNDLE) + 8  # the time tag is ignored: messages are handled at once
_TYPES = frozenset(b"ifsdhTFN")
_SIZES = {ord("i"): 4, ord("f"): 4, ord("d"): 8, ord("h"): 8}  # bytes; others but strings have none


class BadPacket(ValueError):
    """The bytes are not a valid OSC packet, or exceed a limit."""


@dataclass(frozen=True)
class Message:
    """One OSC message; arguments are str, int, float, bool or None."""

    address: str
    arguments: tuple[Any, ...]


def read(packet: bytes) -> Iterator[Message]:
    """Yield the messages of a packet; those of bundles in order, regardless of time tags.

    Raises:
        BadPacket: an invalid message; the messages before it have been yielded.
    """
    if len(packet) > MAX_PACKET:
        raise BadPacket(f"it has {len(packet)} bytes; the limit is {MAX_PACKET}")
    return _read(packet, 0)


def _read(packet: bytes, depth: int) -> Iterator[Message]:
    if packet[:8] != _BUNDLE:
        yield _message(packet)
        return
    if depth >= MAX_DEPTH:
        raise BadPacket(f"bundles are nested more than {MAX_DEPTH} deep")
    if len(packet) < _BUNDLE_HEAD:
        raise BadPacket("a bundle without a time tag")
    position = _BUNDLE_HEAD
    while position < len(packet):
        size = int.from_bytes(packet[position : position + 4], "big", signed=True)
        end = position + 4 + size
        if size < 4 or size % 4 or end > len(packet):
            raise BadPacket(f"a bundle's element of {size} bytes")
        yield from _read(packet[position + 4 : end], depth + 1)
        position = end


def _message(packet: bytes) -> Message:
    if len(packet) > MAX_MESSAGE:
        raise BadPacket(f"a message of {len(packet)} bytes; the limit is {MAX_MESSAGE}")
    if len(packet) % 4 or packet[:1] != b"/":
        raise BadPacket("neither a message nor a bundle")
    end = packet.find(b"\0", 0, MAX_ADDRESS + 1)
    if end < 0:
        raise BadPacket("an address that is unterminated or too long")
    start = end + 4 - end % 4
    if start < len(packet):
        tags_end = packet.find(b"\0", start, start + MAX_ARGUMENTS + 2)
        if tags_end < 0 or packet[start : start + 1] != b",":
            raise BadPacket("missing type tags, or too many")
        if not _TYPES.issuperset(packet[start + 1 : tags_end]):
            raise BadPacket(f"an unsupported argument type: {packet[start:tags_end]!r}")
    try:
        message = OscMessage(packet)
    except (MessageError, ValueError) as error:
        escaped = _escaped(packet, start)
        if escaped == packet:
            raise BadPacket(f"a message that cannot be read: {error}") from error
        return _message(escaped)
    return Message(message.address, tuple(message))


def _escaped(packet: bytes, tags: int) -> bytes:
    """Return a message with the bytes of its strings that are no UTF-8 escaped, as file names on Linux may have them.

    `tags` is where its type tags begin.
    """
    end = packet.find(b"\0", tags)
    position = end + 4 - end % 4
    parts = [packet[:position]]
    for kind in packet[tags + 1 : end]:
        stop = packet.find(b"\0", position) if kind == ord("s") else position + _SIZES.get(kind, 0)
        if stop < 0:
            return packet
        if kind == ord("s"):
            text = packet[position:stop].decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace")
            parts.append(text + bytes(4 - len(text) % 4))
            stop += 4 - stop % 4
        else:
            parts.append(packet[position:stop])
        position = stop
    return b"".join([*parts, packet[position:]])


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
