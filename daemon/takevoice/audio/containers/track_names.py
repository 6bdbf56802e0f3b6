"""The names of a recorder's tracks in a file."""

from __future__ import annotations

from pathlib import Path

from takevoice.audio.containers.chunks import Framing, file_size, read_content, walk
from takevoice.audio.containers.riff import BIG_ENDIAN, LITTLE_ENDIAN
from takevoice.audio.containers.track_list import names_in_description, names_in_ixml
from takevoice.system import place

_DESCRIPTION = slice(0, 256)  # of a bext chunk


def track_names(path: Path) -> dict[int, str]:
    """Return the names of the channels that have one, by their number from 1; raises OSError."""
    with place.open_file(path, "rb") as file:
        magic = file.read(12)
        if magic[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or magic[8:] != b"WAVE":
            return {}
        framing: Framing = (BIG_ENDIAN if magic[:4] == b"RIFX" else LITTLE_ENDIAN).framing
        names: dict[int, str] = {}
        for chunk in walk(file, framing, file_size(file)):
            if chunk.name == b"bext":
                names = names_in_description((read_content(file, chunk) or b"")[_DESCRIPTION]) | names
            elif chunk.name == b"iXML":
                names |= names_in_ixml(read_content(file, chunk) or b"")
    return names
