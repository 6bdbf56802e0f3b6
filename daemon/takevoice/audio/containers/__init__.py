"""Containers: the result is a copy of its original, byte for byte, with other audio and a note on where that came from."""

from takevoice.audio.containers.copy import find_note, write_copy
from takevoice.audio.containers.note import Note

__all__ = ["Note", "find_note", "write_copy"]
