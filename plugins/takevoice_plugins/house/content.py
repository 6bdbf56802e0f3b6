"""What a request is, and what it may cost: the key of its content, and the length of its audio."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import soundfile

from takevoice import ConversionRequest, decode_foreign, errors

RAW_RATE = 16_000  # Hz, of pcm_s16le_16
LONGEST = 300.0  # seconds, as the service accepts them


@dataclass(frozen=True)
class Length:
    """The length of an upload."""

    frames: int
    sample_rate: int

    @property
    def seconds(self) -> float:
        """The duration."""
        return self.frames / self.sample_rate


def content_key(upload: Path, parameters: str, version: str, scope: str, fresh: str) -> str:
    """Return the key of a request: SHA-256 of the audio's bytes and everything that may change the answer.

    `version`: of what converts; `scope`: for whom answers are kept; "" for all. `fresh`: a token for another answer to the same request.
    """
    with upload.open("rb") as file:
        audio = hashlib.file_digest(file, "sha256").hexdigest()
    return hashlib.sha256(json.dumps([audio, parameters, version, scope, fresh]).encode()).hexdigest()


def canonical(request: ConversionRequest) -> str:
    """Return the parameters as JSON, the same for the same request."""
    return json.dumps(request.model_dump(mode="json", exclude_none=True), sort_keys=True)


def length_of(upload: Path, *, raw: bool, scratch: Path) -> Length | None:
    """Return the length of an upload, of which only the header is read; None if this machine cannot tell.

    `raw`: it is 16-bit PCM at 16 kHz without a header. `scratch`: a path for the samples of audio that only ffmpeg reads.
    """
    if raw:
        return Length(upload.stat().st_size // 2, RAW_RATE)
    try:
        try:
            info = soundfile.info(upload)
        except soundfile.LibsndfileError:
            if not decode_foreign(upload, scratch, longest=LONGEST + 1, stopped=lambda: False):
                return None
            info = soundfile.info(scratch)
    except (soundfile.LibsndfileError, errors.TakevoiceError):
        return None
    finally:
        scratch.unlink(missing_ok=True)
    return Length(info.frames, info.samplerate) if info.frames > 0 and info.samplerate > 0 else None
