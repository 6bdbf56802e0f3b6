"""Audio files: the only part of the core that uses soundfile and soxr."""

from takevoice.audio.headers import completeness
from takevoice.audio.mono import to_mono
from takevoice.audio.output import has_mark, make_folder, write_like
from takevoice.audio.publish import publish
from takevoice.audio.restore import restore
from takevoice.audio.takes import SUFFIXES, audio_hash, inspect, silent, tone

__all__ = [
    "SUFFIXES",
    "audio_hash",
    "completeness",
    "has_mark",
    "inspect",
    "make_folder",
    "publish",
    "restore",
    "silent",
    "to_mono",
    "tone",
    "write_like",
]
