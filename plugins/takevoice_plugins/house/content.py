"""What a request is, and what it may cost: the key of its content, and the length of its audio."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from takevoice import ConversionRequest, decode_foreign, errors, open_audio
from takevoice_plugins.house.mpeg import samples_in

RAW_RATE = 16_000  # Hz, of pcm_s16le_16
LONGEST = 300.0  # seconds, as the service accepts them
BLOCK = 65_536  # frames
_MP3_PADDING = 4 * 1152  # samples that encoders add, at most, and the header leaves out
_FLAC_FRAMES = 21  # where the header has the number of frames, in 36 bits
_STORED = ("PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32")  # samples that are read as they are, in whatever container


@dataclass(frozen=True)
class Length:
    """The length of an upload."""

    frames: int
    sample_rate: int

    @property
    def seconds(self) -> float:
        """The duration."""
        return self.frames / self.sample_rate


def content_keys(upload: Path, parameters: str, version: str, scope: str, fresh: str, *, raw: bool) -> tuple[str, str]:
    """Return the key of a request: SHA-256 of the audio's sound and everything that may change the answer; and that of earlier versions.

    Those took the file's bytes for the sound; for audio that is not stored as whole numbers, both are the same. `version`: of what
    converts; `scope`: for whom answers are kept; "" for all. `fresh`: a token for another answer to the same request.
    """
    with upload.open("rb") as file:
        data = hashlib.file_digest(file, "sha256").hexdigest()
    sound = data if raw else _sound_of(upload) or data
    keys = (hashlib.sha256(json.dumps([audio, parameters, version, scope, fresh]).encode()).hexdigest() for audio in (sound, data))
    return next(keys), next(keys)


def _sound_of(upload: Path) -> str:
    """Return the SHA-256 of the samples: the same in WAV, AIFF, FLAC, and whatever is written next to them; "" for other audio."""
    try:
        with open_audio(upload) as source:
            if source.subtype not in _STORED:
                return ""
            digest = hashlib.sha256(f"samples {source.samplerate} {source.channels} ".encode())
            for block in source.blocks(BLOCK, dtype="int32", always_2d=True):
                digest.update(block.astype("<i4").tobytes())
            return digest.hexdigest()
    except (soundfile.LibsndfileError, errors.TakevoiceError, RuntimeError):
        return ""


def canonical(request: ConversionRequest) -> str:
    """Return the parameters as JSON, the same for the same request."""
    return json.dumps(request.model_dump(mode="json", exclude_none=True), sort_keys=True)


def length_of(upload: Path, *, raw: bool, scratch: Path) -> Length | None:
    """Return the length of an upload; None if this machine cannot tell, or the header tells of less than there is.

    `raw`: it is 16-bit PCM at 16 kHz without a header. `scratch`: a path for the samples of audio that only ffmpeg reads.
    """
    if raw:
        return Length(upload.stat().st_size // 2, RAW_RATE)
    try:
        try:
            with open_audio(upload) as source:
                if source.format == "OGG" and _is_chained(upload):
                    return None
                if source.format == "FLAC" and _has_more(upload, source.frames):
                    return None
                if source.format == "MP3" and samples_in(upload.read_bytes()) > source.frames + _MP3_PADDING:
                    return None
                return _length(source)
        except soundfile.LibsndfileError:
            if not decode_foreign(upload, scratch, longest=LONGEST + 1, stopped=lambda: False):
                return None
            with open_audio(scratch) as source:
                return _length(source)
    except (RuntimeError, soundfile.LibsndfileError, errors.TakevoiceError):
        return None
    finally:
        scratch.unlink(missing_ok=True)


def _length(source: soundfile.SoundFile) -> Length | None:
    return Length(source.frames, source.samplerate) if source.frames > 0 and source.samplerate > 0 else None


def _has_more(path: Path, frames: int) -> bool:
    """Return True for a FLAC with more than the `frames` of its header: libsndfile reads only these, others read all."""
    data = bytearray(path.read_bytes())
    at = data.find(b"fLaC") + _FLAC_FRAMES
    data[at] |= 0x0F
    data[at + 1 : at + 5] = b"\xff" * 4
    with soundfile.SoundFile(io.BytesIO(data)) as whole:
        try:
            while frames > 0:
                frames -= len(whole.read(min(BLOCK, frames), dtype="int16", always_2d=True)) or frames
            return len(whole.read(1, dtype="int16", always_2d=True)) > 0
        except soundfile.LibsndfileError:  # it ends before
            return False


def _is_chained(path: Path) -> bool:
    """Return True for an Ogg file with a stream after the first one: libsndfile reads only that, others read all."""
    data, at, begun = path.read_bytes(), 0, False
    while data[at : at + 4] == b"OggS" and at + 27 <= len(data):
        begins = bool(data[at + 5] & 2)  # the flag of a stream's first page
        if begins and begun:
            return True
        begun = begun or not begins
        lengths = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(lengths) + sum(lengths)
    return at < len(data) and data.find(b"OggS", at) >= 0
