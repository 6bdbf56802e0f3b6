"""Which files in folders are takes, by their suffix."""

from __future__ import annotations

from takevoice.audio.containers import ADDED_SUFFIXES, DECODED_SUFFIXES, SUFFIXES, VIDEO_SUFFIXES
from takevoice.audio.decoding import how_to_get_it, is_available
from takevoice.audio.other_media import HELP

ALL_SUFFIXES = SUFFIXES | DECODED_SUFFIXES | VIDEO_SUFFIXES
"""Suffixes of everything that can be a take."""


def watched_suffixes() -> frozenset[str]:
    """Return the suffixes of takes in folders: with those that ffmpeg decodes, where it is on the PATH."""
    return SUFFIXES | DECODED_SUFFIXES if is_available() else SUFFIXES


def video_suffixes() -> frozenset[str]:
    """Return the suffixes of videos that can be read: none where ffmpeg is not on the PATH."""
    return VIDEO_SUFFIXES if is_available() else frozenset()


def added_suffixes(*, videos: bool) -> frozenset[str]:
    """Return the suffixes of takes that may have been in a watched folder before they were taken."""
    decoded = DECODED_SUFFIXES if is_available() else frozenset()
    return ADDED_SUFFIXES | decoded | (video_suffixes() if videos else frozenset())


def why_skipped(suffix: str) -> str:
    """Return why files with the suffix of another medium are no takes in a folder, and what helps."""
    if suffix not in DECODED_SUFFIXES | VIDEO_SUFFIXES:
        return f"cannot be read; {HELP}"
    if not is_available():
        return f"needs ffmpeg on the PATH: {how_to_get_it()}"
    if suffix in VIDEO_SUFFIXES:
        return "a video: `takevoice convert` converts it, videos = true in the [[watch]] table all of the folder"
    return "takevoice was started before ffmpeg was there: start it again"
