"""Containers: a result is a copy of its original, byte for byte, with other audio and its provenance."""

from takevoice.audio.containers.container import Container
from takevoice.audio.containers.layouts import channel_mask, channel_weights
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.containers.registry import (
    ADDED_SUFFIXES,
    DECODED_SUFFIXES,
    SUFFIXES,
    VIDEO_SUFFIXES,
    completeness,
    container_named,
    container_of,
    read_provenance,
    write_copy,
)
from takevoice.audio.containers.track_names import track_names

__all__ = [
    "ADDED_SUFFIXES",
    "Container",
    "Provenance",
    "DECODED_SUFFIXES",
    "SUFFIXES",
    "VIDEO_SUFFIXES",
    "channel_mask",
    "channel_weights",
    "completeness",
    "container_named",
    "container_of",
    "read_provenance",
    "track_names",
    "write_copy",
]
