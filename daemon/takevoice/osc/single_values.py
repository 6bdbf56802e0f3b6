"""Recognises, before a packet is read, a message of a fader: one that does nothing but set one value of a track."""

from __future__ import annotations

from takevoice.osc.addresses import TRACK_VALUE
from takevoice.osc.patterns import is_pattern

_BEGINS = TRACK_VALUE.partition("TRACK")[0].encode()
_TAGS = frozenset(b"ifdhtsSTFN")
"""The types of one value. An array can have any number, and I is left out, so that the message reads."""


def value_of(packet: bytes) -> bytes | None:
    """Return the address that a packet sets; None if it does anything else: a bundle, a pattern, a message that reads or has a pair."""
    if not packet.startswith(_BEGINS):
        return None
    end = packet.find(0)
    address = packet[: max(end, 0)]
    tags = packet[len(address) // 4 * 4 + 4 :][:3]
    if len(tags) < 3 or tags[:1] != b"," or tags[1] not in _TAGS or tags[2]:
        return None
    if address.count(b"/") != TRACK_VALUE.count("/") or is_pattern(address.decode("latin-1")):
        return None
    return address
