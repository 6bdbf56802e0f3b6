"""The profile of a cloned voice, stored as one small JSON file that can be copied between machines.

A profile consists mainly of frames of voiced and unvoiced speech: log power in the lowest mel bands of `mel.py`, in
steps of half a dB. Means, covariances and neighbours are computed from them when a take is converted.
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
BANDS = (24, 64)  # minimum and maximum
F0_LOWEST, F0_STEPS = 60.0, 74  # Hz; number of histogram steps, half semitones, above it
FORMANTS = 4
LEVEL_STEP = 0.5  # dB
LEVEL_LOWEST = -110.0  # dB, the level of the value 0 in a frame


@dataclass(frozen=True)
class Profile:
    """The measurements of a voice. `voiced` and `unvoiced` are frames of `bands` bytes."""

    name: str
    made: str  # date
    consent: str  # how and when the speaker's consent was confirmed
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
        """20 hexadecimal digits that identify the sound.

        A copy has the same id, a voice that is cloned again another.
        """
        told = f"{self.bands} {self.f0} {self.f0_spread} ".encode()
        return hashlib.sha256(told + self.voiced + b" " + self.unvoiced).hexdigest()[:20]

    def named(self, name: str) -> Profile:
        """Return the same voice under another name."""
        return replace(self, name=name)


def to_text(profile: Profile) -> str:
    """Return the profile as the text of its file."""
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
    """Read the profile in a file.

    Raises:
        StorageError: the file cannot be read.
        VoiceFileError: it is not a voice, is damaged, or is of another version.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise errors.StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    try:
        if len(data) > MAX_BYTES:
            raise ValueError("it is too large")
        table = json.loads(data)
        if not isinstance(table, dict) or KEY not in table:
            raise ValueError("it is not a voice file")
        if table[KEY] != VERSION:
            raise ValueError(f"it has version {table[KEY]}, but this takevoice supports version {VERSION}")
        return _from_table(table)
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        reason = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise VoiceFileError(
            f"cannot be used as a voice: {reason}",
            where=str(path),
            hint="add the voice again with `takevoice voices add`, or remove the file",
        ) from error


class VoiceFileError(errors.BackendError):
    """The file of a voice is damaged, or of another version."""

    code = "voice_file"


def _from_table(table: Mapping[str, Any]) -> Profile:
    bands = int(_number(table, "bands", *BANDS))
    histogram = tuple(int(count) for count in table["f0_histogram"])
    if len(histogram) != F0_STEPS or min(histogram) < 0:
        raise ValueError("f0_histogram is invalid")
    formants = tuple(tuple(float(hertz) for hertz in row) for row in table["formants_hz"])
    if len(formants) > FORMANTS or any(
        len(row) != 3 or not 0 < min(row) <= max(row) < 9e3 for row in formants
    ):
        raise ValueError("formants_hz is invalid")
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
        raise ValueError(f"{key} is not a text of up to 200 characters")
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
