"""The metadata of broadcast waves: bext (EBU Tech 3285) and iXML, with the provenance of a result in both."""

from __future__ import annotations

import html
import re

from takevoice.audio.containers.payload import ByteOrder, Payload
from takevoice.audio.containers.provenance import KEY, Provenance

_UMID, _LOUDNESS, _HISTORY = slice(348, 412), slice(412, 422), 602  # bytes of a bext chunk
NOT_SET: dict[ByteOrder, bytes] = {"little": b"\xff\x7f" * 5, "big": b"\x7f\xff" * 5}
"""The loudness fields of a bext chunk without them (EBU Tech 3285, 2.4)."""
_NEW_IXML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML>\n<IXML_VERSION>1.5</IXML_VERSION>\n{}\n</BWFXML>\n'
)
_END = b"</BWFXML>"
_ELEMENT = re.compile(rb"<TAKEVOICE>([^<]*)</TAKEVOICE>")


def updated_bext(bext: bytes, payload: Payload, provenance: Provenance | None) -> bytes:
    """Return a bext chunk that no longer identifies or measures the old audio, with a line of coding history."""
    if len(bext) < _HISTORY:
        return bext
    updated = bytearray(bext)
    version = int.from_bytes(bext[346:348], payload.order)
    if version >= 1:
        updated[_UMID] = bytes(64)
    if version >= 2:
        updated[_LOUDNESS] = NOT_SET[payload.order]
    if provenance is None:
        return bytes(updated)
    history = bytes(updated[_HISTORY:]).rstrip(b"\0")
    if history and not history.endswith(b"\n"):
        history += b"\r\n"
    history += provenance.coding_history(payload.sample_rate, payload.bits, payload.channels)
    return bytes(updated[:_HISTORY]) + history + b"\0" * (len(history) % 2)


def new_ixml(provenance: Provenance) -> bytes:
    """Return the iXML of a file that has none yet."""
    return _even(_NEW_IXML.format(_element(provenance)).encode())


def extended_ixml(ixml: bytes, provenance: Provenance) -> bytes | None:
    """Return the iXML with the provenance at its end, or None if it is not iXML."""
    if _END not in ixml:
        return None
    before, end, after = ixml.rpartition(_END)
    return _even(before + _element(provenance).encode() + b"\n" + end + after)


def has_element(ixml: bytes) -> bool:
    """Return True if the iXML contains the element for the provenance, valid or not."""
    return _ELEMENT.search(ixml) is not None


def provenance_in_ixml(ixml: bytes) -> Provenance | None:
    """Return the newest provenance in the iXML, or None if there is none or it is invalid."""
    found = _ELEMENT.findall(ixml)
    return Provenance.of_json(html.unescape(found[-1].decode("utf-8", "replace"))) if found else None


def _element(provenance: Provenance) -> str:
    return f"<{KEY}>{html.escape(provenance.as_json(), quote=False)}</{KEY}>"


def _even(text: bytes) -> bytes:
    """Return the text with an even length: some readers cannot handle chunks of odd length."""
    return text + b"\n" * (len(text) % 2)
