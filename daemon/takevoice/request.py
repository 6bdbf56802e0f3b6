"""The one vocabulary of a conversion: every parameter of the speech-to-speech API, once.

The client sends it, the local engine obeys it, settings produce it, the ledger stores it. Names,
defaults and ranges are those of the public API reference of `POST /v1/speech-to-speech/{voice_id}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

DEFAULT_MODEL = "eleven_multilingual_sts_v2"
AUTO_FORMAT = "auto"
MAX_SEED = 4_294_967_295
FileFormat = Literal["pcm_s16le_16", "other"]

_NAMES = (
    "alaw_8000 mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128 mp3_44100_192 "
    "opus_48000_32 opus_48000_64 opus_48000_96 opus_48000_128 opus_48000_192 "
    "pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_32000 pcm_44100 pcm_48000 ulaw_8000 "
    "wav_8000 wav_16000 wav_22050 wav_24000 wav_32000 wav_44100 wav_48000"
).split()


@dataclass(frozen=True)
class OutputFormat:
    """One of the API's output formats: `codec`, `sample_rate` in Hz, `kbps` (None: not compressed)."""

    name: str
    codec: Literal["alaw", "mp3", "opus", "pcm", "ulaw", "wav"]
    sample_rate: int
    kbps: int | None

    @property
    def headerless(self) -> bool:
        """True when the bytes do not say what they are (raw PCM, mu-law, A-law)."""
        return self.codec in ("pcm", "ulaw", "alaw")

    @property
    def bytes_per_second(self) -> float:
        """Size of one second of audio, headers left out."""
        if self.kbps is not None:
            return self.kbps * 1000 / 8
        return float(self.sample_rate * (1 if self.codec in ("ulaw", "alaw") else 2))


def _parse(name: str) -> OutputFormat:
    codec, rate, *kbps = name.split("_")
    return OutputFormat(name, codec, int(rate), int(kbps[0]) if kbps else None)  # type: ignore[arg-type]


OUTPUT_FORMATS: MappingProxyType[str, OutputFormat] = MappingProxyType(
    {name: _parse(name) for name in _NAMES}
)
"""All 28 formats of convert, by name."""

STREAM_FORMATS: tuple[str, ...] = tuple(name for name in _NAMES if not name.startswith("wav_"))
"""The 21 formats of stream: all but the wav ones."""


def _known_format(name: str) -> str:
    if name != AUTO_FORMAT and name not in OUTPUT_FORMATS:
        raise ValueError(f"is no output format; use auto, or one of {', '.join(OUTPUT_FORMATS)}")
    return name


def _safe_voice_id(voice_id: str) -> str:
    # The id becomes a path segment of a URL, and the official SDK does not encode it.
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,128}", voice_id):
        raise ValueError("is no voice id: only letters, digits, - and _ are allowed")
    return voice_id


FormatName = Annotated[str, AfterValidator(_known_format)]
VoiceId = Annotated[str, AfterValidator(_safe_voice_id)]


class VoiceSettings(BaseModel):
    """How the voice is applied; an unset one leaves the voice's stored setting in force."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stability: float | None = Field(
        None, ge=0, le=1, description="0 expressive and varied, 1 calm and even; the API's default is 0.5."
    )
    similarity_boost: float | None = Field(
        None,
        ge=0,
        le=1,
        description="How closely the target voice is followed, 0 to 1; the API's default is 0.75.",
    )
    style: float | None = Field(
        None, ge=0, le=1, description="Exaggeration of the delivery, 0 to 1; the API's default is 0."
    )
    use_speaker_boost: bool | None = Field(
        None, description="A closer, finer likeness to the voice; the API's default is true."
    )
    speed: float | None = Field(
        None, ge=0.7, le=1.2, description="Speed of speech; leave it at 1, for a take keeps its timing."
    )

    def given(self) -> dict[str, float | bool]:
        """Only what is set, as it goes into the JSON of `voice_settings`."""
        return self.model_dump(exclude_none=True)


class ConversionRequest(BaseModel):
    """One conversion. `output_format` "auto" means the best that the backend can give without loss."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice_id: VoiceId
    model_id: str = Field(DEFAULT_MODEL, min_length=1)
    output_format: FormatName = AUTO_FORMAT
    voice_settings: VoiceSettings = VoiceSettings()
    seed: int | None = Field(None, ge=0, le=MAX_SEED)
    remove_background_noise: bool = False
    file_format: FileFormat = "other"
    enable_logging: bool = True
    optimize_streaming_latency: int | None = Field(None, ge=0, le=4)
