"""The addresses that request files can use: those of OSC but for subscriptions and single values, and some that files have
otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from takevoice.osc.addresses import ADDRESSES, PAUSED, TRACK_VALUE, Address, Argument

CONVERT, RENDERED, QUOTE = "/takevoice/convert", "/takevoice/rendered", "/takevoice/quote"
ONLY_FILES = (
    Address("/takevoice/held", (), "rows", "lists the held jobs"),
    Address("/takevoice/jobs", (), "rows", "lists the jobs that have not ended, and the newest others"),
    Address("/takevoice/voices", (), "rows", "lists the voices of the backend"),
    Address("/takevoice/hear", (Argument("voice"),), "path", "returns a file with a sample of a voice"),
)
"""The addresses that OSC has not, or answers in another way: lists come whole."""

_ONLY_OSC = ("/takevoice/subscribe", "/takevoice/ping", "/takevoice/tracks", PAUSED, TRACK_VALUE)

BY_ADDRESS: Mapping[str, Address] = MappingProxyType(
    {each.address: each for each in (*ADDRESSES, *ONLY_FILES) if each.address not in _ONLY_OSC}
)
