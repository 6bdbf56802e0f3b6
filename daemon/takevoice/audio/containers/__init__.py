"""Containers: the result is a copy of its original, byte for byte, with other audio and a note on where that came from."""

from takevoice.audio.containers.copy import read_provenance, write_copy
from takevoice.audio.containers.provenance import Provenance

__all__ = ["Provenance", "read_provenance", "write_copy"]
