"""Messages over pipes: a header in JSON and a payload of samples, each with its length before it."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")  # bytes of the header and of the payload
MAX_HEADER, MAX_PAYLOAD = 1 << 16, 1 << 30


class BadMessage(Exception):
    """What arrived is no message."""


class Stopped(BadMessage):
    """The stream ended inside a message."""


def write_message(stream: BinaryIO, header: Mapping[str, Any], payload: bytes = b"") -> None:
    """Write a message and flush."""
    text = json.dumps(header).encode("utf-8")
    stream.write(LENGTHS.pack(len(text), len(payload)) + text)
    stream.write(payload)
    stream.flush()


def read_message(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the header and the payload of the next message, or None at the end of the stream.

    Raises:
        BadMessage: what arrived is no message, or stops early.
    """
    lengths = stream.read(LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < LENGTHS.size:
        raise Stopped("the stream stopped inside a message")
    size, payload_size = LENGTHS.unpack(lengths)
    if size > MAX_HEADER or payload_size > MAX_PAYLOAD:
        raise BadMessage(f"sent what is no message ({lengths!r} ...); what it prints belongs on the standard error")
    text, payload = stream.read(size), stream.read(payload_size)
    if len(text) < size or len(payload) < payload_size:
        raise Stopped("the stream stopped inside a message")
    try:
        header = json.loads(text)
    except ValueError as error:
        raise BadMessage(f"sent a header that is no JSON: {text[:60]!r}") from error
    if not isinstance(header, dict):
        raise BadMessage(f"sent a header that is no object: {text[:60]!r}")
    return header, payload
