"""The addresses that request files can use: those of OSC but for subscriptions, and some that only files have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from takevoice.osc.addresses import ADDRESSES, Address, Argument

_JOB = Argument("job", "number")

CONVERT, RENDERED, QUOTE = "/takevoice/convert", "/takevoice/rendered", "/takevoice/quote"
ONLY_FILES = (
    Address("/takevoice/release", (_JOB,), "", "lets a held job continue"),
    Address("/takevoice/drop", (_JOB,), "", "ends a held job and leaves its take unconverted"),
    Address("/takevoice/held", (), "rows", "lists the held jobs"),
    Address("/takevoice/jobs", (), "rows", "lists the jobs that have not ended, and the newest others"),
    Address("/takevoice/voices", (), "rows", "lists the voices of the backend"),
    Address("/takevoice/hear", (Argument("voice"),), "path", "returns a file with a sample of a voice"),
)
"""The addresses that OSC has not."""

BY_ADDRESS: Mapping[str, Address] = MappingProxyType(
    {each.address: each for each in (*ADDRESSES, *ONLY_FILES) if each.address != "/takevoice/subscribe"}
)
