"""What a file holds, as ffprobe tells it: the stream of audio that is decoded, and where a video starts."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from takevoice.audio.decoding.programs import program
from takevoice.audio.decoding.timecode import seconds_of
from takevoice.errors import NotAudio, UnsupportedAudio
from takevoice.system import children

PATIENCE = 60.0  # seconds
MAX_CHANNELS = 64
MAX_RATE = 768_000  # Hz
_LOSSLESS = frozenset(
    "alac flac wavpack tta ape tak mlp truehd shorten wmalossless als ralf pcm_bluray pcm_dvd".split()
)
_PROTECTED = frozenset({"drms", "enca", "encv", "aavd", "drmi"})  # codec tags: FairPlay, ISO 23001-7, Audible
_STREAM = "index,codec_type,codec_name,codec_tag_string,sample_fmt,sample_rate,channels,bits_per_raw_sample"
_ENTRIES = (
    f"stream={_STREAM},start_time,r_frame_rate,avg_frame_rate:stream_disposition=default,attached_pic"
    ":stream_tags=timecode:format=duration:format_tags=timecode"
)
LOCAL_ONLY = ("-protocol_whitelist", "file,pipe")
"""Options for both programs: a file cannot make them open anything over the network."""


@dataclass(frozen=True)
class Probe:
    """The stream of audio that is decoded."""

    index: int
    codec: str  # ffmpeg's name
    sample_format: str  # of the decoder, ffmpeg's name without the p of planar ones: u8, s16, s32, flt, dbl
    bits: int  # of the integers in the stream; 0 where there are none
    sample_rate: int  # Hz
    channels: int
    seconds: float  # as the header says; 0 where it does not
    start: Fraction | None  # seconds since midnight, where the file has a timecode

    @property
    def lossless(self) -> bool:
        """True where the decoded samples are those that were encoded."""
        return self.codec in _LOSSLESS or self.codec.startswith("pcm_")


def probe(path: Path, demuxer: str, what: str) -> Probe:
    """Return the stream of audio: the one that is marked as default, else the first.

    Raises:
        NotAudio: it holds no audio, or is damaged.
        UnsupportedAudio: it is protected, or of a kind that ffmpeg cannot decode; or there is no ffprobe.
    """
    told = _told(path, demuxer, what)
    streams: Sequence[Mapping[str, Any]] = told.get("streams", ())
    audio = [stream for stream in streams if stream.get("codec_type") == "audio"]
    if any(stream.get("codec_tag_string") in _PROTECTED for stream in audio):
        raise protected(path)
    if not audio:
        raise NotAudio(f"is {what} without any audio", where=str(path))
    stream = next((each for each in audio if each.get("disposition", {}).get("default")), audio[0])
    form = str(stream.get("sample_fmt", "")).removesuffix("p")
    rate, channels = _whole(stream.get("sample_rate")), _whole(stream.get("channels"))
    if form not in ("u8", "s16", "s32", "flt", "dbl"):
        codec = str(stream.get("codec_name", stream.get("codec_tag_string", "unknown")))
        raise UnsupportedAudio(
            f"is {what} with audio that ffmpeg cannot decode ({codec})",
            where=str(path),
            hint="it may be protected, or need a newer ffmpeg",
        )
    if not (0 < rate <= MAX_RATE and 0 < channels <= MAX_CHANNELS):
        raise UnsupportedAudio(f"has {channels} channels at {rate} Hz", where=str(path), hint="render it as WAV")
    start = _start(streams, told.get("format", {}), stream)
    seconds = _number(told.get("format", {}).get("duration"))
    codec = str(stream.get("codec_name", "unknown"))
    bits = _whole(stream.get("bits_per_raw_sample"))
    return Probe(_whole(stream.get("index")), codec, form, bits, rate, channels, float(seconds or 0), start)


def protected(path: Path) -> UnsupportedAudio:
    """Return the error for a file that is protected against copying."""
    return UnsupportedAudio(
        "is protected against copying (DRM), and cannot be read",
        where=str(path),
        hint="export it again as WAV with the program that made it",
    )


def _told(path: Path, demuxer: str, what: str) -> Mapping[str, Any]:
    """Run ffprobe and return what it prints."""
    command = [program("ffprobe", path, what), "-v", "error", *LOCAL_ONLY, "-f", demuxer]
    command += ["-show_entries", _ENTRIES, "-of", "json", f"file:{path}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, **children.aside_options())
        told = json.loads(done.stdout or b"null")
    except subprocess.TimeoutExpired:
        raise NotAudio(f"is damaged: ffprobe needed more than {PATIENCE:.0f} s", where=str(path)) from None
    except OSError as error:
        raise UnsupportedAudio(f"cannot be read: ffprobe does not start ({error})", where=str(path)) from error
    except ValueError:
        told = None
    if done.returncode or not isinstance(told, dict):
        raise NotAudio(
            f"is {what} that cannot be read ({last_line(done.stderr, path)})",
            where=str(path),
            hint="it is damaged; copy or render it again",
        )
    return told


def last_line(text: bytes, path: Path) -> str:
    """Return the last line that a program wrote, without the path and the address that ffmpeg puts before it."""
    lines = os.fsdecode(text).replace(f"file:{path}: ", "").strip().splitlines()
    line = lines[-1] if lines else "it says nothing"
    return (line.rpartition("] ")[2] if line.startswith("[") else line)[-160:]


def _start(
    streams: Sequence[Mapping[str, Any]], form: Mapping[str, Any], audio: Mapping[str, Any]
) -> Fraction | None:
    """Return when the audio starts: the timecode, and how much later than the picture the audio begins."""
    pictures = [each for each in streams if each.get("codec_type") == "video" and not _is_cover(each)]
    if not pictures:
        return None
    rate = next((found for found in map(_frame_rate, pictures) if found), None)
    told = next(_timecodes((form, *streams)), None)
    start = seconds_of(told, rate) if told and rate else None
    if start is None:
        return None
    begins = [Fraction(str(each["start_time"])) for each in (audio, pictures[0]) if _number(each.get("start_time")) is not None]
    return start + (begins[0] - begins[1] if len(begins) == 2 else 0)


def _timecodes(places: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for place in places:
        tags = place.get("tags", {})
        yield from (str(value) for key, value in tags.items() if key.casefold() == "timecode")


def _is_cover(stream: Mapping[str, Any]) -> bool:
    return bool(stream.get("disposition", {}).get("attached_pic"))


def _frame_rate(stream: Mapping[str, Any]) -> Fraction | None:
    for name in ("r_frame_rate", "avg_frame_rate"):
        above, _, below = str(stream.get(name, "")).partition("/")
        if _whole(above) and _whole(below):
            return Fraction(_whole(above), _whole(below))
    return None


def _whole(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < 1e9 else None
