"""The parameters of the speech-to-speech API: each declares its type, range, description and place here, once.

The API client, the local engine, the local server and the track settings derive from these declarations.
Names, ranges and defaults are those of the public API reference of `POST /v1/speech-to-speech/{voice_id}`.

To add a parameter of a conversion, declare its type below, add a field to `ConversionRequest` (or to `VoiceSettings`),
and name it in `take_settings.TakeSettings` and `settings.model.TrackSettings`; unless it is a voice setting, also in
`api.wire.Parameters`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from takevoice.take_settings import AUTO, DEFAULT_MODEL

AUTO_FORMAT = AUTO
MAX_SEED = 4_294_967_295

_NAMES = (
    "alaw_8000 mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128 mp3_44100_192 "
    "opus_48000_32 opus_48000_64 opus_48000_96 opus_48000_128 opus_48000_192 "
    "pcm_8000 pcm_16000 pcm_22050 pcm_24000 pcm_32000 pcm_44100 pcm_48000 ulaw_8000 "
    "wav_8000 wav_16000 wav_22050 wav_24000 wav_32000 wav_44100 wav_48000"
).split()


@dataclass(frozen=True)
class OutputFormat:
    """An output format of the API: `codec`, `sample_rate` in Hz, bit rate in `kbps` (None if not compressed)."""

    name: str
    codec: Literal["alaw", "mp3", "opus", "pcm", "ulaw", "wav"]
    sample_rate: int
    kbps: int | None

    @property
    def headerless(self) -> bool:
        """True if the audio has no header (raw PCM, mu-law or A-law)."""
        return self.codec in ("pcm", "ulaw", "alaw")

    @property
    def bytes_per_second(self) -> float:
        """Size of one second of audio in bytes, without headers."""
        if self.kbps is not None:
            return self.kbps * 1000 / 8
        return float(self.sample_rate * (1 if self.codec in ("ulaw", "alaw") else 2))


def _parse(name: str) -> OutputFormat:
    codec, rate, *kbps = name.split("_")
    return OutputFormat(name, codec, int(rate), int(kbps[0]) if kbps else None)  # type: ignore[arg-type]


OUTPUT_FORMATS: MappingProxyType[str, OutputFormat] = MappingProxyType(
    {name: _parse(name) for name in _NAMES}
)
"""The 28 formats of the convert endpoint, by name."""

STREAM_FORMATS: tuple[str, ...] = tuple(name for name in _NAMES if not name.startswith("wav_"))
"""The 21 formats of the stream endpoint: all except the wav formats."""


def _known_format(name: str) -> str:
    if name != AUTO_FORMAT and name not in OUTPUT_FORMATS:
        raise ValueError(f"is not an output format; use auto or one of {', '.join(OUTPUT_FORMATS)}")
    return name


def _safe_voice_id(voice_id: str) -> str:
    # The id becomes a path segment of a URL, and the official SDK does not encode it.
    if not re.fullmatch(r"[A-Za-z0-9_\-]{1,128}", voice_id):
        raise ValueError("is not a voice id: only letters, digits, - and _ are allowed")
    return voice_id


class In(Enum):
    """The part of the HTTP request that carries a parameter."""

    PATH = "path"
    QUERY = "query"
    FORM = "form"


VoiceId = Annotated[str, AfterValidator(_safe_voice_id), Field(description="The id of the target voice.")]
ModelId = Annotated[
    str,
    Field(min_length=1, description="The model of the API. The local engine has one model and ignores this."),
]
FormatName = Annotated[
    str,
    AfterValidator(_known_format),
    Field(description='The format of the returned audio, such as "mp3_44100_128".'),
]
Stability = Annotated[float, Field(ge=0, le=1, description="0 is expressive and varied, 1 is calm and even.")]
SimilarityBoost = Annotated[
    float, Field(ge=0, le=1, description="How closely the result follows the target voice, from 0 to 1.")
]
Style = Annotated[float, Field(ge=0, le=1, description="How much the delivery is exaggerated, from 0 to 1.")]
UseSpeakerBoost = Annotated[bool, Field(description="Brings the result closer to the target voice.")]
Speed = Annotated[
    float, Field(ge=0.7, le=1.2, description="Speed of speech; 1 keeps the timing of the take.")
]
Source = Annotated[
    str,
    Field(
        min_length=1,
        max_length=80,
        description='Who speaks in the take, for the local engine: "auto" learns the speaker of a track from its takes, "take" looks at this take alone, and a name is a speaker of `takevoice voices learn`.',
    ),
]
KeepPitch = Annotated[
    Literal["off", "on", "octaves"],
    Field(
        description='For singing, with the local engine: "on" keeps the pitch of the take, "octaves" moves it by whole octaves only.'
    ),
]
Seed = Annotated[
    int,
    Field(
        ge=0,
        le=MAX_SEED,
        description="The same seed gives the same result; another seed gives another variant.",
    ),
]
RemoveBackgroundNoise = Annotated[bool, Field(description="Remove background noise before converting.")]
FileFormat = Annotated[
    Literal["pcm_s16le_16", "other"],
    Field(
        description='"pcm_s16le_16" sends raw 16 kHz PCM for lower latency; "other" sends the take as it is.'
    ),
]
EnableLogging = Annotated[
    bool, Field(description="false asks the API to store nothing (enterprise plans only).")
]
OptimizeStreamingLatency = Annotated[
    int, Field(ge=0, le=4, description="From 0 (best quality) to 4 (lowest latency).")
]


LOCAL_SETTINGS = ("source", "keep_pitch")
"""The voice settings that the API does not have."""


class VoiceSettings(BaseModel):
    """How the voice is applied. The voice's stored settings apply to fields that are not set.

    Other fields are kept, because the API may know more than takevoice does: `unknown` names them.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    stability: Stability | None = None
    similarity_boost: SimilarityBoost | None = None
    style: Style | None = None
    use_speaker_boost: UseSpeakerBoost | None = None
    speed: Speed | None = None
    source: Source | None = None
    keep_pitch: KeepPitch | None = None

    def given(self) -> dict[str, float | bool | str]:
        """Return the fields that are set, as they appear in the JSON of `voice_settings`."""
        return self.model_dump(exclude_none=True)

    def unknown(self) -> tuple[str, ...]:
        """Return the names of the fields that are set and that takevoice does not know, sorted."""
        extra = self.model_extra or {}
        return tuple(sorted(name for name, value in extra.items() if value is not None))

    def for_api(self) -> VoiceSettings:
        """Return the settings without those that only the local engine has."""
        return self.model_copy(update=dict.fromkeys(LOCAL_SETTINGS))

    @classmethod
    def api_defaults(cls) -> VoiceSettings:
        """Return the values that the API uses for a voice without stored settings."""
        return cls(stability=0.5, similarity_boost=0.75, style=0.0, use_speaker_boost=True, speed=1.0)


class ConversionRequest(BaseModel):
    """One conversion. An `output_format` of "auto" is the best lossless format that the backend can return."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    voice_id: Annotated[VoiceId, In.PATH]
    enable_logging: Annotated[EnableLogging, In.QUERY] = True
    optimize_streaming_latency: Annotated[OptimizeStreamingLatency | None, In.QUERY] = None
    output_format: Annotated[FormatName, In.QUERY] = AUTO_FORMAT
    model_id: Annotated[ModelId, In.FORM] = DEFAULT_MODEL
    voice_settings: Annotated[VoiceSettings, In.FORM] = VoiceSettings()
    seed: Annotated[Seed | None, In.FORM] = None
    remove_background_noise: Annotated[RemoveBackgroundNoise, In.FORM] = False
    file_format: Annotated[FileFormat, In.FORM] = "other"

    @classmethod
    def query_fields(cls) -> tuple[str, ...]:
        """Return the names of the parameters in the query of the URL."""
        return cls._fields_in(In.QUERY)

    @classmethod
    def form_fields(cls) -> tuple[str, ...]:
        """Return the names of the text fields of the form, in the order in which they are sent."""
        return cls._fields_in(In.FORM)

    @classmethod
    def _fields_in(cls, place: In) -> tuple[str, ...]:
        return tuple(name for name, field in cls.model_fields.items() if place in field.metadata)

    @classmethod
    def setting_names(cls) -> tuple[str, ...]:
        """Return the names of the track settings that are parameters of the API."""
        return (*_SETTING_BY_FIELD.values(), *_VOICE_SETTINGS)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], voice_id: str) -> ConversionRequest:
        """Return the request for a voice of the backend that `settings` describe; other settings are ignored.

        Raises:
            KeyError: a setting of `setting_names` is missing.
            pydantic.ValidationError: a value is of the wrong type or out of range.
        """
        voice_settings = VoiceSettings(**{name: settings[name] for name in _VOICE_SETTINGS})
        fields = {field: settings[name] for field, name in _SETTING_BY_FIELD.items()}
        return cls(voice_id=voice_id, voice_settings=voice_settings, **fields)


_SETTING_BY_FIELD = {
    field: {"model_id": "model"}.get(field, field)
    for field in ConversionRequest.model_fields
    if field not in ("voice_id", "voice_settings")
}
# Not the speed: a converted take keeps its timing.
_VOICE_SETTINGS = tuple(name for name in VoiceSettings.model_fields if name != "speed")
