"""Audio files: the only part of the core that uses soundfile and soxr."""

from takevoice.audio import other_media
from takevoice.audio.align import Placement
from takevoice.audio.analysis import analyse
from takevoice.audio.containers import ADDED_SUFFIXES, SUFFIXES, Provenance, completeness, read_provenance
from takevoice.audio.output import has_provenance, make_folder, storage_errors, write_like
from takevoice.audio.publish import publish
from takevoice.audio.restore import MIN_CORRELATION, LevelSettings, Restored, restore
from takevoice.audio.result_format import format_named, result_suffix
from takevoice.audio.segment_files import write_segment
from takevoice.audio.segmentation import Segment, Segmentation, segment_take
from takevoice.audio.takes import audio_hash, inspect, write_test_tone

__all__ = [
    "ADDED_SUFFIXES",
    "MIN_CORRELATION",
    "LevelSettings",
    "Segmentation",
    "Provenance",
    "Segment",
    "Placement",
    "Restored",
    "SUFFIXES",
    "analyse",
    "audio_hash",
    "completeness",
    "read_provenance",
    "has_provenance",
    "format_named",
    "inspect",
    "result_suffix",
    "other_media",
    "segment_take",
    "make_folder",
    "write_segment",
    "publish",
    "restore",
    "write_test_tone",
    "write_like",
    "storage_errors",
]
