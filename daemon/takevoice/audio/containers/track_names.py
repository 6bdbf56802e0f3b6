"""The names of a recorder's tracks: iXML TRACK_LIST, and the lines sTRK1=NAME that recorders write into bext."""

from __future__ import annotations

import html
import re
from pathlib import Path

from takevoice.audio.containers.chunks import Framing, file_size, read_content, walk
from takevoice.audio.containers.riff import BIG_ENDIAN, LITTLE_ENDIAN
from takevoice.system import place

_TRACK = re.compile(rb"<TRACK>(.*?)</TRACK>", re.DOTALL)
_DESCRIBED = re.compile(rb"^[a-z]?TRK(\d+)=([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_DESCRIPTION = slice(0, 256)  # of a bext chunk


def track_names(path: Path) -> dict[int, str]:
    """Return the names of the channels that have one, by their number from 1; raises OSError.

    iXML: http://www.gallery.co.uk/ixml/ - a track's place in the file is its INTERLEAVE_INDEX, else its CHANNEL_INDEX.
    """
    with place.open_file(path, "rb") as file:
        magic = file.read(12)
        if magic[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or magic[8:] != b"WAVE":
            return {}
        framing: Framing = (BIG_ENDIAN if magic[:4] == b"RIFX" else LITTLE_ENDIAN).framing
        names: dict[int, str] = {}
        for chunk in walk(file, framing, file_size(file)):
            if chunk.name == b"bext":
                names = _in_description((read_content(file, chunk) or b"")[_DESCRIPTION]) | names
            elif chunk.name == b"iXML":
                names |= _in_ixml(read_content(file, chunk) or b"")
    return names


def _in_ixml(ixml: bytes) -> dict[int, str]:
    found = {}
    for track in _TRACK.findall(ixml):
        number = _element(track, b"INTERLEAVE_INDEX") or _element(track, b"CHANNEL_INDEX")
        name = _element(track, b"NAME")
        if number.isdecimal() and name:
            found[int(number)] = name
    return found


def _element(track: bytes, name: bytes) -> str:
    match = re.search(rb"<" + name + rb">([^<]*)</" + name + rb">", track)
    return html.unescape(match[1].decode("utf-8", "replace")).strip() if match else ""


def _in_description(description: bytes) -> dict[int, str]:
    return {
        int(number): name.decode("utf-8", "replace").strip("\0 ")
        for number, name in _DESCRIBED.findall(description)
        if name.strip(b"\0 ")
    }
