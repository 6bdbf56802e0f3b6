"""The list of a recorder's tracks: iXML TRACK_LIST, and the lines sTRK1=NAME that recorders write into bext.

iXML: http://www.gallery.co.uk/ixml/ - a track's place in the file is its INTERLEAVE_INDEX, else its CHANNEL_INDEX. Pure.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_TRACK = re.compile(rb"<TRACK>(.*?)</TRACK>", re.DOTALL)
_LIST = re.compile(rb"<TRACK_LIST>(.*?)</TRACK_LIST>", re.DOTALL)
_COUNT = re.compile(rb"(<TRACK_COUNT>)[^<]*")
_PLACE = re.compile(rb"(<INTERLEAVE_INDEX>)[^<]*")
_CHANNEL = re.compile(rb"(<CHANNEL_INDEX>[^<]*</CHANNEL_INDEX>)")
_LINE = re.compile(rb"^([a-z]?TRK)(\d+)=([^\r\n\0]*)[\r\n]*", re.MULTILINE | re.IGNORECASE)


def names_in_ixml(ixml: bytes) -> dict[int, str]:
    """Return the names of tracks by the number of their channel, from 1."""
    found = {}
    for track in _TRACK.findall(ixml):
        number, name = _number(track), _element(track, b"NAME")
        if number is not None and name:
            found[number] = name
    return found


def names_in_description(description: bytes) -> dict[int, str]:
    """Return the names of tracks in the Description of a bext chunk by the number of their channel, from 1."""
    return {
        int(number): name.decode("utf-8", "replace").strip("\0 ")
        for _, number, name in _LINE.findall(description)
        if name.strip(b"\0 ")
    }


def picked_ixml(ixml: bytes, channels: Sequence[int]) -> bytes:
    """Return iXML whose track list has only these channels, numbered by their places."""
    return _LIST.sub(lambda match: b"<TRACK_LIST>" + _picked(match[1], channels) + b"</TRACK_LIST>", ixml)


def picked_description(description: bytes, channels: Sequence[int]) -> bytes:
    """Return the Description of a bext chunk whose lines name only these channels, numbered by their places."""
    lines = {int(match[2]): match for match in _LINE.finditer(description)}
    if not lines:
        return description
    first = min(match.start() for match in lines.values())
    rest = _LINE.sub(b"", description)
    renumbered = b"".join(
        b"%s%d=%s\r\n" % (lines[number][1], place, lines[number][3])
        for place, number in enumerate(channels, 1)
        if number in lines
    )
    return (rest[:first] + renumbered + rest[first:]).rstrip(b"\0")[: len(description)].ljust(len(description), b"\0")


def _picked(tracks: bytes, channels: Sequence[int]) -> bytes:
    """Return the content of a track list with these channels; bytes around the tracks stay."""
    found = list(_TRACK.finditer(tracks))
    if not found:
        return tracks
    by_number = {_number(match[1]): match[1] for match in found}
    gap = tracks[found[0].end() : found[1].start()] if len(found) > 1 else b"\n"
    kept = [
        b"<TRACK>" + _placed(by_number[number], place) + b"</TRACK>"
        for place, number in enumerate(channels, 1)
        if number in by_number
    ]
    before, after = tracks[: found[0].start()], tracks[found[-1].end() :]
    return _COUNT.sub(rb"\g<1>%d" % len(kept), before) + gap.join(kept) + _COUNT.sub(rb"\g<1>%d" % len(kept), after)


def _placed(track: bytes, place: int) -> bytes:
    """Return a track at another place in the file; the number that it has at the recorder stays."""
    placed, count = _PLACE.subn(rb"\g<1>%d" % place, track)
    if count:
        return placed
    return _CHANNEL.sub(rb"\g<1><INTERLEAVE_INDEX>%d</INTERLEAVE_INDEX>" % place, track)


def _number(track: bytes) -> int | None:
    number = _element(track, b"INTERLEAVE_INDEX") or _element(track, b"CHANNEL_INDEX")
    return int(number) if number.isdecimal() else None


def _element(track: bytes, name: bytes) -> str:
    match = re.search(rb"<" + name + rb">([^<]*)</" + name + rb">", track)
    return html.unescape(match[1].decode("utf-8", "replace")).strip() if match else ""
