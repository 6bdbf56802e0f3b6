"""The times of an excerpt in the metadata of broadcast waves: bext (EBU Tech 3285), iXML, cart (AES46). Pure."""

from __future__ import annotations

import re
import struct

from takevoice.audio.containers.broadcast import NOT_SET
from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.containers.span import Span
from takevoice.audio.containers.track_list import picked_description, picked_ixml

_DESCRIPTION, _TIME, _VERSION, _LOUDNESS = slice(256), slice(338, 346), slice(346, 348), slice(412, 422)  # of bext
_BEXT, _CART = 602, 2048  # bytes at least
_TIMERS = range(684, 748, 8)  # where the post timers of cart are: what for, and the sample
_TIMES = (
    (b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI", b"TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"),
    (b"BWF_TIME_REFERENCE_HIGH", b"BWF_TIME_REFERENCE_LOW"),
)
_SYNC = re.compile(rb"\s*<SYNC_POINT>.*?</SYNC_POINT>", re.DOTALL)
_SYNC_COUNT = re.compile(rb"(<SYNC_POINT_COUNT>)[^<]*")
_SYNC_AT = b"SYNC_POINT_HIGH", b"SYNC_POINT_LOW"
_MEASURED = re.compile(rb"\s*<LOUDNESS>.*?</LOUDNESS>", re.DOTALL)
_SAME_RATE = 0.005  # share: rates that are pulled for film (0.1 %, 4 %) count the same samples


def moved_bext(bext: bytes, span: Span, order: ByteOrder) -> bytes:
    """Return a bext chunk with the excerpt's TimeReference, without the loudness of the whole.

    UMID and coding history are kept: no sample was changed. The loudness fields get the value that means "not set" (EBU
    Tech 3285, 2.4). The TimeReference counts modulo 2^64.
    """
    if len(bext) < _BEXT:
        return bext
    moved = bytearray(bext)
    since_midnight = int.from_bytes(bext[_TIME], order) + span.first
    moved[_TIME] = (since_midnight % (1 << 64)).to_bytes(8, order)
    if int.from_bytes(bext[_VERSION], order) >= 2:
        moved[_LOUDNESS] = NOT_SET[order]
    if span.channels:
        moved[_DESCRIPTION] = picked_description(bext[_DESCRIPTION], span.channels)
    return bytes(moved)


def moved_ixml(ixml: bytes, span: Span) -> bytes:
    """Return iXML with the excerpt's time stamps, sync points and tracks, without the loudness of the whole."""
    by = _in_stamps(ixml, span)
    moved = _moved(_moved(ixml, *_TIMES[0], by), *_TIMES[1], span.first)
    moved = _MEASURED.sub(b"", _with_sync_points(moved, span))
    if span.channels:
        moved = picked_ixml(moved, span.channels)
    return moved if moved == ixml else moved + b"\n" * (len(moved) % 2)


def moved_cart(cart: bytes, span: Span, order: ByteOrder) -> bytes:
    """Return a cart chunk with the post timers that lie in the excerpt; the others become unused."""
    if len(cart) < _CART:
        return cart
    moved = bytearray(cart)
    for at in _TIMERS:
        sample = span.position(int.from_bytes(cart[at + 4 : at + 8], order))
        used = any(cart[at : at + 4]) and sample is not None
        moved[at : at + 8] = cart[at : at + 4] + (sample or 0).to_bytes(4, order) if used else bytes(8)
    return bytes(moved)


def _in_stamps(ixml: bytes, span: Span) -> int:
    """Return how far the excerpt's start is from the file's in samples of the rate at which time stamps count."""
    found = re.search(rb"<TIMESTAMP_SAMPLE_RATE>\s*(\d{1,9})\s*<", ixml)
    rate = int(found[1]) if found else span.sample_rate
    if not rate or abs(rate / span.sample_rate - 1) < _SAME_RATE:
        return span.first
    return round(span.first * rate / span.sample_rate)


def _with_sync_points(ixml: bytes, span: Span) -> bytes:
    """Return iXML whose sync points are those in the excerpt; those that count from midnight stay where they are."""
    kept = 0

    def moved(match: re.Match[bytes]) -> bytes:
        nonlocal kept
        point, at = match[0], _number(match[0], *_SYNC_AT)
        if at is not None and b"RELATIVE" in point:
            position = span.position(at)
            point = b"" if position is None else _moved(point, *_SYNC_AT, position - at)
        kept += bool(point)
        return point

    with_points, found = _SYNC.subn(moved, ixml)
    return _SYNC_COUNT.sub(rb"\g<1>%d" % kept, with_points) if found else ixml


def _moved(text: bytes, high: bytes, low: bytes, by: int) -> bytes:
    """Return the text with a number moved whose halves of 32 bits are in two elements; that of the high one may be missing."""
    number = _number(text, high, low)
    if number is None:
        return text
    halves = struct.unpack(">II", struct.pack(">Q", (number + by) % (1 << 64)))
    for name, half in zip((high, low), halves, strict=True):
        text = _digits(name).sub(rb"\g<1>%d" % half, text, count=1)
    return text


def _number(text: bytes, high: bytes, low: bytes) -> int | None:
    found = [_digits(name).search(text) for name in (high, low)]
    if found[1] is None:
        return None
    return (0 if found[0] is None else int(found[0][2]) << 32) + int(found[1][2])


def _digits(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(<" + name + rb">\s*)(\d{1,10})")
