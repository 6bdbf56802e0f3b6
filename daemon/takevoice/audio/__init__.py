"""Audio files: the only part of the core that uses soundfile and soxr."""

from takevoice.audio import other_media
from takevoice.audio.channel_report import channel_report
from takevoice.audio.containers import ADDED_SUFFIXES, SUFFIXES, Provenance, completeness, read_provenance
from takevoice.audio.decoding import how_to_get_it, is_available, program_version, stop_decoding
from takevoice.audio.kept_tones import in_words, kept_tones
from takevoice.audio.kinds import ALL_SUFFIXES, added_suffixes, video_suffixes, watched_suffixes, why_skipped
from takevoice.audio.level import LevelSettings
from takevoice.audio.output import (
    Source,
    TakeAudio,
    has_provenance,
    make_folder,
    storage_errors,
    write_like,
    write_take,
)
from takevoice.audio.placement import Placement
from takevoice.audio.preflight import check_publishable
from takevoice.audio.publish import publish
from takevoice.audio.reading import TakeReading, read_take
from takevoice.audio.restore import Restored, restore
from takevoice.audio.result_format import format_named, result_suffix
from takevoice.audio.segment_files import write_segment
from takevoice.audio.segmentation import Segment, Segmentation, segment_take
from takevoice.audio.takes import audio_hash, inspect, inspect_hashed, write_test_tone
from takevoice.audio.tape import IN_MEMORY

__all__ = [
    "ALL_SUFFIXES",
    "added_suffixes",
    "how_to_get_it",
    "is_available",
    "program_version",
    "stop_decoding",
    "video_suffixes",
    "watched_suffixes",
    "why_skipped",
    "ADDED_SUFFIXES",
    "IN_MEMORY",
    "channel_report",
    "LevelSettings",
    "Segmentation",
    "Provenance",
    "Segment",
    "Placement",
    "Restored",
    "SUFFIXES",
    "Source",
    "TakeAudio",
    "TakeReading",
    "read_take",
    "write_take",
    "audio_hash",
    "check_publishable",
    "completeness",
    "read_provenance",
    "has_provenance",
    "format_named",
    "in_words",
    "inspect",
    "inspect_hashed",
    "kept_tones",
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
