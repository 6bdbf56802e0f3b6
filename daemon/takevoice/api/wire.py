"""Checks the parameters of a conversion and encodes them for the query and the form. No input or output.

`takevoice.request` declares types, ranges and which part of the request carries a parameter.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx
from pydantic import BaseModel, ValidationError

from takevoice.api.errors import InvalidParameter
from takevoice.api.options import Options, read_options, text_of, unknown
from takevoice.api.upload import Audio, Source, ToPcm16, check_audio, raw_pcm16
from takevoice.errors import printable
from takevoice.request import (
    OUTPUT_FORMATS,
    STREAM_FORMATS,
    ConversionRequest,
    EnableLogging,
    FileFormat,
    FormatName,
    ModelId,
    OptimizeStreamingLatency,
    RemoveBackgroundNoise,
    Seed,
    VoiceSettings,
)

GivenSettings = str | BaseModel | Mapping[str, Any]


@dataclass(frozen=True)
class Conversion:
    """A conversion whose parameters have been checked, and its audio, still unopened."""

    voice_id: str
    audio: Audio
    values: Mapping[str, str]  # the given parameters as text, except output_format
    output_format: str | None  # a name of OUTPUT_FORMATS, "auto", or None for the API's default
    streaming: bool
    raw: bool  # file_format is pcm_s16le_16
    to_pcm16: ToPcm16 | None
    options: Options
    notes: tuple[str, ...] = ()  # what a person should know, although it is no error

    @property
    def path(self) -> str:
        """The path of the endpoint below the base URL."""
        return f"/v1/speech-to-speech/{self.voice_id}{'/stream' if self.streaming else ''}"

    @property
    def form(self) -> dict[str, str]:
        """The text fields of the form, in order; those of `request_options` last."""
        own = {name: self.values[name] for name in ConversionRequest.form_fields() if name in self.values}
        return own | dict(self.options.form)

    def query(self, output_format: str | None) -> dict[str, str]:
        """Return the query; `output_format` is a name of OUTPUT_FORMATS, or None to leave it out."""
        values = dict(self.values) | ({"output_format": output_format} if output_format else {})
        own = {name: values[name] for name in ConversionRequest.query_fields() if name in values}
        return own | dict(self.options.query)

    def open(self) -> Source:
        """Open the audio; convert it first if `file_format` promises raw PCM."""
        return raw_pcm16(self.audio, self.to_pcm16) if self.raw else Source(self.audio)


class Parameters(TypedDict, total=False):
    """The parameters of a conversion. Those that are missing or None are not sent, so the API's defaults apply."""

    model_id: ModelId | None
    output_format: FormatName | None  # for streams a name of STREAM_FORMATS; "auto": the best the plan allows
    enable_logging: EnableLogging | None
    optimize_streaming_latency: OptimizeStreamingLatency | None
    voice_settings: GivenSettings | None  # JSON text, a mapping or VoiceSettings
    seed: Seed | None
    remove_background_noise: RemoveBackgroundNoise | None
    file_format: FileFormat | None  # "pcm_s16le_16": the client's `to_pcm16` converts encoded audio
    request_options: Mapping[str, Any] | None  # see `options.Options`


def checked(
    voice_id: str, audio: Audio, parameters: Parameters, *, streaming: bool, to_pcm16: ToPcm16 | None
) -> Conversion:
    """Return a conversion with these parameters after checking them and that the audio can be opened.

    Raises:
        InvalidParameter: one or more parameters are invalid; the message lists all of them.
        StorageError: the audio cannot be read.
    """
    present = {name: value for name, value in parameters.items() if value is not None}
    problems = unknown(present, Parameters.__annotations__, "")
    options = read_options(present.pop("request_options", {}), problems, reserved=ConversionRequest.model_fields)
    notes: list[str] = []
    settings = _settings(present.pop("voice_settings", None), problems, notes)
    present = {name: value for name, value in present.items() if name in Parameters.__annotations__}
    _check({"voice_id": voice_id, **present}, problems)
    wanted: Any = present.pop("output_format", None)
    if streaming and isinstance(wanted, str) and wanted in OUTPUT_FORMATS and wanted not in STREAM_FORMATS:
        problems.append(
            f"output_format = {wanted!r} cannot be streamed; use auto or a pcm, mp3 or opus format"
        )
    if problems:
        raise InvalidParameter("; ".join(problems))
    check_audio(audio)
    values = {name: text_of(value) for name, value in present.items()} | settings
    raw = present.get("file_format") == "pcm_s16le_16"
    return Conversion(voice_id, audio, values, wanted, streaming, raw, to_pcm16, options, tuple(notes))


def _check(given: Mapping[str, Any], problems: list[str]) -> None:
    try:
        ConversionRequest.model_validate(dict(given), strict=True)
    except ValidationError as error:
        problems += _lines(error, "")


def _lines(error: ValidationError, prefix: str) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False):
        name = prefix + ".".join(str(part) for part in fault["loc"])
        message = str(fault.get("ctx", {}).get("error") or fault["msg"])
        value = repr(fault["input"])
        shown = (
            "" if fault["type"] == "missing" else f" = {value if len(value) <= 60 else value[:57] + '...'}"
        )
        lines.append(f"{name}{shown}: {message[:1].lower() + message[1:]}")
    return lines


def _settings(given: Any, problems: list[str], notes: list[str]) -> dict[str, str]:
    """Return `voice_settings` as JSON text; valid JSON text is not changed.

    Settings that takevoice does not know are sent as they are, with a note: the API may know them.
    """
    try:
        if isinstance(given, str):
            model, text = VoiceSettings.model_validate_json(given, strict=True), given
        else:
            values = given.model_dump(exclude_none=True) if isinstance(given, BaseModel) else dict(given or {})
            model = VoiceSettings(**values)
            text = json.dumps(model.given()) if model.given() else ""
    except ValidationError as error:
        problems += _lines(error, "voice_settings.")
        return {}
    except (TypeError, ValueError):
        problems.append("voice_settings must be JSON text, a mapping or VoiceSettings")
        return {}
    notes += [
        f"voice_settings.{printable(name)} is not known here and is sent as it is{_suggestion(name)}"
        for name in model.unknown()
    ]
    return {"voice_settings": text} if text else {}


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, VoiceSettings.model_fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def checked_voice_id(voice_id: str) -> str:
    """Return the voice id if it is safe in a URL; raise InvalidParameter if it is not."""
    problems: list[str] = []
    _check({"voice_id": voice_id}, problems)
    if problems:
        raise InvalidParameter("; ".join(problems))
    return voice_id


def checked_base_url(base_url: str) -> str:
    """Return the base URL without a trailing slash.

    Raises:
        InvalidParameter: it is not an http(s) URL, it contains credentials, a query or a fragment, or its port is none.
    """
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidParameter("base_url must be a URL such as https://api.elevenlabs.io")
    if url.port is not None and not 0 < url.port < 65_536:
        raise InvalidParameter(f"base_url has the port {url.port}; use 1 to 65535")
    if url.userinfo or url.query or url.fragment:
        raise InvalidParameter("base_url must not contain a user name, a password, a query or a #")
    return base_url.rstrip("/")
