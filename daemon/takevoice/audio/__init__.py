"""Audio files: the only part of the core that uses soundfile and soxr."""

from takevoice.audio.align import Placement
from takevoice.audio.analysis import analyse
from takevoice.audio.containers import Note, find_note
from takevoice.audio.headers import completeness
from takevoice.audio.layout import Layout, Piece, lay_out
from takevoice.audio.output import has_mark, make_folder, write_like
from takevoice.audio.pieces import piece_of
from takevoice.audio.publish import publish
from takevoice.audio.restore import LIKELY, Finish, Restored, restore
from takevoice.audio.takes import SUFFIXES, audio_hash, inspect, tone

__all__ = [
    "LIKELY",
    "Finish",
    "Layout",
    "Note",
    "Piece",
    "Placement",
    "Restored",
    "SUFFIXES",
    "analyse",
    "audio_hash",
    "completeness",
    "find_note",
    "has_mark",
    "inspect",
    "lay_out",
    "make_folder",
    "piece_of",
    "publish",
    "restore",
    "tone",
    "write_like",
]
