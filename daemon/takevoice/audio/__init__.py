"""Audio files: the only part of the core that uses soundfile and soxr.

Each name is loaded with its module when it is first used: most commands look at names and headers only, and need none of
the numerical libraries.
"""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports

if TYPE_CHECKING:
    from takevoice.audio import other_media as other_media
    from takevoice.audio.channel_words import channel_report as channel_report
    from takevoice.audio.containers import ADDED_SUFFIXES as ADDED_SUFFIXES
    from takevoice.audio.containers import SUFFIXES as SUFFIXES
    from takevoice.audio.containers import Provenance as Provenance
    from takevoice.audio.containers import completeness as completeness
    from takevoice.audio.containers import read_provenance as read_provenance
    from takevoice.audio.decoding import how_to_get_it as how_to_get_it
    from takevoice.audio.decoding import is_available as is_available
    from takevoice.audio.decoding import program_version as program_version
    from takevoice.audio.decoding import stop_decoding as stop_decoding
    from takevoice.audio.excerpt import Excerpt as Excerpt
    from takevoice.audio.excerpt import cut as cut
    from takevoice.audio.kinds import ALL_SUFFIXES as ALL_SUFFIXES
    from takevoice.audio.kinds import added_suffixes as added_suffixes
    from takevoice.audio.kinds import video_suffixes as video_suffixes
    from takevoice.audio.kinds import watched_suffixes as watched_suffixes
    from takevoice.audio.kinds import why_skipped as why_skipped
    from takevoice.audio.level import LevelSettings as LevelSettings
    from takevoice.audio.liveliest import liveliest_start as liveliest_start
    from takevoice.audio.matched import matching_gains as matching_gains
    from takevoice.audio.matched import write_turned_down as write_turned_down
    from takevoice.audio.output import Source as Source
    from takevoice.audio.output import TakeAudio as TakeAudio
    from takevoice.audio.output import has_provenance as has_provenance
    from takevoice.audio.output import make_folder as make_folder
    from takevoice.audio.output import storage_errors as storage_errors
    from takevoice.audio.output import write_like as write_like
    from takevoice.audio.output import write_take as write_take
    from takevoice.audio.placement import Placement as Placement
    from takevoice.audio.preflight import check_publishable as check_publishable
    from takevoice.audio.preflight import check_suffix as check_suffix
    from takevoice.audio.publication import publish as publish
    from takevoice.audio.reading import TakeReading as TakeReading
    from takevoice.audio.reading import read_take as read_take
    from takevoice.audio.restoring import Restored as Restored
    from takevoice.audio.restoring import restore as restore
    from takevoice.audio.result_format import format_named as format_named
    from takevoice.audio.result_format import result_suffix as result_suffix
    from takevoice.audio.segment_files import write_segment as write_segment
    from takevoice.audio.segmentation import Segment as Segment
    from takevoice.audio.segmentation import Segmentation as Segmentation
    from takevoice.audio.segmentation import segment_take as segment_take
    from takevoice.audio.takes import audio_hash as audio_hash
    from takevoice.audio.takes import inspect as inspect
    from takevoice.audio.takes import inspect_hashed as inspect_hashed
    from takevoice.audio.takes import write_test_tone as write_test_tone
    from takevoice.audio.tape import IN_MEMORY as IN_MEMORY
    from takevoice.audio.tone_keeping import in_words as in_words
    from takevoice.audio.tone_keeping import kept_tones as kept_tones
else:
    __all__, __getattr__ = exports(
        __name__,
        {
            "takevoice.audio.channel_words": "channel_report",
            "takevoice.audio.containers": "ADDED_SUFFIXES SUFFIXES Provenance completeness read_provenance",
            "takevoice.audio.decoding": "how_to_get_it is_available program_version stop_decoding",
            "takevoice.audio.excerpt": "Excerpt cut",
            "takevoice.audio.kinds": "ALL_SUFFIXES added_suffixes video_suffixes watched_suffixes why_skipped",
            "takevoice.audio.level": "LevelSettings",
            "takevoice.audio.matched": "matching_gains write_turned_down",
            "takevoice.audio.other_media": "other_media",
            "takevoice.audio.output": "Source TakeAudio has_provenance make_folder storage_errors write_like write_take",
            "takevoice.audio.placement": "Placement",
            "takevoice.audio.liveliest": "liveliest_start",
            "takevoice.audio.preflight": "check_publishable check_suffix",
            "takevoice.audio.publication": "publish",
            "takevoice.audio.reading": "TakeReading read_take",
            "takevoice.audio.restoring": "Restored restore",
            "takevoice.audio.result_format": "format_named result_suffix",
            "takevoice.audio.segment_files": "write_segment",
            "takevoice.audio.segmentation": "Segment Segmentation segment_take",
            "takevoice.audio.takes": "audio_hash inspect inspect_hashed write_test_tone",
            "takevoice.audio.tape": "IN_MEMORY",
            "takevoice.audio.tone_keeping": "in_words kept_tones",
        },
    )
