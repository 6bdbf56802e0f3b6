"""Reads one OSC message (OSC 1.0, with the types of 1.1). Pure; never reads beyond the bytes it is given."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_MESSAGE = 16_384  # bytes
MAX_ADDRESS, MAX_ARGUMENTS = 255, 128
_NUMBERS = {"i": ">i", "f": ">f", "d": ">d", "h": ">q", "t": ">Q", "c": ">I"}
_CONSTANTS = {"T": True, "F": False, "N": None}
_IMPULSE = "I"
_UNUSABLE = {"r": "a colour", "m": "a MIDI message", "b": "a blob"}
_KNOWN = frozenset([*_NUMBERS, *_CONSTANTS, *_UNUSABLE, *"sSI[]"])


class BadPacket(ValueError):
    """The bytes are not a valid OSC packet, or exceed a limit."""


@dataclass(frozen=True)
class Unusable:
    """An argument that is valid OSC, but means nothing to takevoice. `what` describes it."""

    what: str


@dataclass(frozen=True)
class Message:
    """One OSC message; arguments are str, int, float, bool, None, Unusable, or tuples of these for arrays."""

    address: str
    arguments: tuple[Any, ...]


def read_message(packet: bytes) -> Message:
    """Return a message. Impulses (I) are left out: they have no value. Bytes that are no UTF-8 are escaped, such as \\udcfc.

    Raises:
        BadPacket: it is not valid, or exceeds a limit; the text says what is wrong.
    """
    if len(packet) > MAX_MESSAGE:
        raise BadPacket(f"a message of {len(packet)} bytes; the limit is {MAX_MESSAGE}")
    if packet[:1] != b"/":
        raise BadPacket("neither a message, which begins with /, nor a bundle")
    if len(packet) % 4:
        raise BadPacket(f"a message of {len(packet)} bytes, which is no multiple of 4")
    reader = _Reader(packet)
    address = reader.text()
    if len(address) > MAX_ADDRESS:
        raise BadPacket(f"an address of more than {MAX_ADDRESS} characters")
    if reader.rest() == 0 or not any(packet[reader.position :]):
        return Message(address, ())  # old clients leave the type tags out where there are no arguments
    tags = reader.text()
    if not tags.startswith(","):
        raise BadPacket("the type tags are missing, such as ,s for a text")
    if len(tags) > MAX_ARGUMENTS + 1:
        raise BadPacket(f"more than {MAX_ARGUMENTS} arguments")
    unknown = [tag for tag in tags[1:] if tag not in _KNOWN]
    if unknown:
        raise BadPacket(f"the argument type {unknown[0]!r} is not known")
    return Message(address, _arguments(iter(tags[1:]), reader, inside=False))


def _arguments(tags: Iterator[str], reader: _Reader, *, inside: bool) -> tuple[Any, ...]:
    """Return the arguments up to the end of the tags, or of the array that they are inside of."""
    found: list[Any] = []
    for tag in tags:
        if tag == "]":
            if not inside:
                raise BadPacket("a ] without its [")
            return tuple(found)
        if tag == "[":
            found.append(_arguments(tags, reader, inside=True))
        elif tag != _IMPULSE:
            found.append(_argument(tag, reader))
    if inside:
        raise BadPacket("an array without its ]")
    return tuple(found)


def _argument(tag: str, reader: _Reader) -> Any:
    if tag in "sS":
        return reader.text()
    if tag in _CONSTANTS:
        return _CONSTANTS[tag]
    if tag in _UNUSABLE:
        reader.skip(reader.number(">i") if tag == "b" else 4)
        return Unusable(f"{_UNUSABLE[tag]} (type {tag})")
    value = reader.number(_NUMBERS[tag])
    return _character(value) if tag == "c" else value


def _character(code: Any) -> str:
    try:
        return chr(code).encode().decode()
    except ValueError:
        raise BadPacket(f"a character (type c) of the code {code}") from None


class _Reader:
    """Takes the parts of a message off its bytes; each part is padded to a multiple of 4 bytes."""

    def __init__(self, packet: bytes) -> None:
        self._packet, self.position = packet, 0

    def rest(self) -> int:
        """Return the number of bytes that are left."""
        return len(self._packet) - self.position

    def text(self) -> str:
        """Return a text, which ends with a NUL."""
        end = self._packet.find(b"\0", self.position)
        if end < 0:
            raise BadPacket("a text without its end, or fewer arguments than type tags")
        data = self._packet[self.position : end]
        self.position = end + 4 - end % 4
        return data.decode("utf-8", "surrogateescape").encode("utf-8", "backslashreplace").decode()

    def number(self, kind: str) -> Any:
        """Return a number of a `struct` format."""
        size = struct.calcsize(kind)
        if self.rest() < size:
            raise BadPacket("fewer arguments than type tags")
        (value,) = struct.unpack_from(kind, self._packet, self.position)
        self.position += size
        return value

    def skip(self, size: int) -> None:
        """Leave out so many bytes and their padding."""
        if not 0 <= size <= self.rest():
            raise BadPacket("a blob that is longer than its message")
        self.position += size + -size % 4
