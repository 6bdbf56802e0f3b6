"""A made voice as one small JSON file, which can be copied between machines.

Its heart are frames: log power in the lowest mel bands of `mel`, in steps of half a dB, of the voiced speech and of
the rest. Means, covariances and neighbours are worked out from them when a take is converted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from takevoice import errors

VERSION = 1
KEY = "takevoice_voice"
MAX_BYTES = 4_000_000
MAX_FRAMES = 20_000
BANDS = (24, 64)  # least and most
F0_LOWEST, F0_STEPS = 60.0, 74  # Hz; half semitones above it
FORMANTS = 4
LEVEL_STEP = 0.5  # dB
LEVEL_LOWEST = -110.0  # dB, what a frame's value 0 stands for


@dataclass(frozen=True)
class Profile:
    """What is known of a voice. `voiced` and `unvoiced` are frames of `bands` bytes."""

    name: str
    made: str  # date
    consent: str  # how the speaker's consent was told, and when
    seconds: float  # of speech
    f0: float  # Hz, the median
    f0_spread: float  # octaves, the standard deviation
    f0_histogram: tuple[int, ...]  # marks in each half semitone above 60 Hz
    formants: tuple[tuple[float, ...], ...]  # Hz: lower quartile, median, upper quartile of F1 to F4
    bands: int
    voiced: bytes
    unvoiced: bytes

    @property
    def id(self) -> str:
        """20 hexadecimal digits that stand for the sound: a voice made anew has another, a copy the same."""
        told = f"{self.bands} {self.f0} {self.f0_spread} ".encode()
        return hashlib.sha256(told + self.voiced + b" " + self.unvoiced).hexdigest()[:20]

    def named(self, name: str) -> Profile:
        """The same voice under another name."""
        return replace(self, name=name)


def to_text(profile: Profile) -> str:
    """The file's text."""
    table = {
        KEY: VERSION,
        "name": profile.name,
        "made": profile.made,
        "consent": profile.consent,
        "seconds": profile.seconds,
        "f0_hz": profile.f0,
        "f0_spread_octaves": profile.f0_spread,
        "f0_histogram": profile.f0_histogram,
        "formants_hz": profile.formants,
        "bands": profile.bands,
        "voiced": _packed(profile.voiced),
        "unvoiced": _packed(profile.unvoiced),
    }
    rows = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def read_profile(path: Path) -> Profile:
    """The voice in a file.

    Raises:
        StorageError: it cannot be read.
        VoiceFileError: it is no voice, or one that this version cannot use.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise errors.StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("too large")
        table = json.loads(data)
        if not isinstance(table, dict) or KEY not in table:
            raise ValueError("no voice")
        if table[KEY] != VERSION:
            raise ValueError(f"version {table[KEY]}, and this takevoice knows {VERSION}")
        return _from_table(table)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise VoiceFileError(
            f"is no voice that can be used ({reason})",
            where=str(path),
            hint="make it again with `takevoice voices add`, or remove the file",
        ) from error


class VoiceFileError(errors.BackendError):
    """A voice's file is damaged, or of another version."""

    code = "voice_file"


def _from_table(table: Mapping[str, Any]) -> Profile:
    bands = int(_number(table, "bands", *BANDS))
    histogram = tuple(int(count) for count in table["f0_histogram"])
    if len(histogram) != F0_STEPS or min(histogram) < 0:
        raise ValueError("f0_histogram is not as it should be")
    formants = tuple(tuple(float(hertz) for hertz in row) for row in table["formants_hz"])
    if len(formants) > FORMANTS or any(
        len(row) != 3 or not 0 < min(row) <= max(row) < 9e3 for row in formants
    ):
        raise ValueError("formants_hz is not as it should be")
    return Profile(
        name=_text(table, "name"),
        made=_text(table, "made"),
        consent=_text(table, "consent"),
        seconds=_number(table, "seconds", 0, 1e5),
        f0=_number(table, "f0_hz", 40, 800),
        f0_spread=_number(table, "f0_spread_octaves", 0, 4),
        f0_histogram=histogram,
        formants=formants,
        bands=bands,
        voiced=_frames(table, "voiced", bands),
        unvoiced=_frames(table, "unvoiced", bands),
    )


def _text(table: Mapping[str, Any], key: str) -> str:
    text = table[key]
    if not isinstance(text, str) or len(text) > 200:
        raise ValueError(f"{key} is no text")
    return errors.printable(text)


def _number(table: Mapping[str, Any], key: str, least: float, most: float) -> float:
    number = table[key]
    if isinstance(number, bool) or not isinstance(number, int | float) or not least <= number <= most:
        raise ValueError(f"{key} is not between {least:g} and {most:g}")
    return float(number)


def _packed(frames: bytes) -> str:
    return base64.b64encode(zlib.compress(frames, 9)).decode("ascii")


def _frames(table: Mapping[str, Any], key: str, bands: int) -> bytes:
    try:
        packed = base64.b64decode(table[key], validate=True)
        unpacker = zlib.decompressobj()
        frames = unpacker.decompress(packed, MAX_FRAMES * bands)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"{key} is damaged") from error
    if not unpacker.eof or len(frames) % bands or (key == "voiced" and not frames):
        raise ValueError(f"{key} is damaged")
    return frames
