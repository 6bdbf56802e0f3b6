"""A conversion as it is checked, and as it goes on the wire. Nothing is sent here.

The form and the query are those of the public API reference of `POST /v1/speech-to-speech/{voice_id}`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import httpx
from pydantic import ValidationError

from takevoice.api.errors import InvalidParameter
from takevoice.api.upload import Audio, Source, ToPcm16, check_audio, raw_pcm16
from takevoice.request import OUTPUT_FORMATS, STREAM_FORMATS, ConversionRequest, FileFormat, VoiceSettings

_QUERY = ("enable_logging", "optimize_streaming_latency", "output_format")
_FORM = ("model_id", "voice_settings", "seed", "remove_background_noise", "file_format")
_OPTIONS: Mapping[str, type] = {"chunk_size": int, "timeout_in_seconds": float, "max_retries": int}

GivenSettings = str | VoiceSettings | Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """What `request_options` may ask for."""

    chunk_size: int | None = None  # bytes that the iterator gives at a time; None: as they arrive
    timeout: float | None = None  # seconds to wait for the server while writing and reading
    max_retries: int | None = None


@dataclass(frozen=True)
class Conversion:
    """A checked conversion: everything but the audio's bytes."""

    voice_id: str
    audio: Audio
    values: Mapping[str, str]  # what was given, as text; no output_format in it
    output_format: str | None  # a concrete one, "auto", or None when the API's default is wanted
    streaming: bool
    raw: bool  # pcm_s16le_16
    to_pcm16: ToPcm16 | None
    options: Options

    @property
    def path(self) -> str:
        """Where it goes, below the base URL."""
        return f"/v1/speech-to-speech/{self.voice_id}{'/stream' if self.streaming else ''}"

    @property
    def form(self) -> dict[str, str]:
        """The text fields, in order."""
        return {name: self.values[name] for name in _FORM if name in self.values}

    def query(self, output_format: str | None) -> dict[str, str]:
        """The query; `output_format` is a concrete one, or None."""
        values = dict(self.values) | ({"output_format": output_format} if output_format else {})
        return {name: values[name] for name in _QUERY if name in values}

    def open(self) -> Source:
        """The audio, opened, and converted where `file_format` promises raw PCM."""
        return raw_pcm16(self.audio, self.to_pcm16) if self.raw else Source(self.audio)


class Parameters(TypedDict, total=False):
    """The parameters of a conversion; one that is not given is not sent, and the API's default holds."""

    model_id: str | None  # a model that does voice conversion
    output_format: str | None  # a name of OUTPUT_FORMATS (to stream: of STREAM_FORMATS), or "auto"
    enable_logging: bool | None  # False: zero retention, for enterprise plans
    optimize_streaming_latency: int | None  # 0 to 4: faster, at some cost of quality
    voice_settings: GivenSettings | None  # JSON text, a mapping or VoiceSettings
    seed: int | None  # 0 to 4294967295
    remove_background_noise: bool | None
    file_format: FileFormat | None  # pcm_s16le_16: the audio is, or is made, raw 16 kHz PCM
    request_options: Mapping[str, Any] | None  # chunk_size, timeout_in_seconds, max_retries


def checked(
    voice_id: str, audio: Audio, parameters: Parameters, *, streaming: bool, to_pcm16: ToPcm16 | None
) -> Conversion:
    """The conversion that the parameters ask for; the audio is opened to see that it is there.

    Raises:
        InvalidParameter: with every parameter that cannot be used.
        StorageError: the audio cannot be read.
    """
    present = {name: value for name, value in parameters.items() if value is not None}
    problems = _unknown(present, Parameters.__annotations__, "")
    options = _options(present.pop("request_options", {}), problems)
    settings = _settings(present.pop("voice_settings", None), problems)
    present = {name: value for name, value in present.items() if name in Parameters.__annotations__}
    _check({"voice_id": voice_id, **present}, problems)
    wanted: Any = present.pop("output_format", None)
    if streaming and isinstance(wanted, str) and wanted in OUTPUT_FORMATS and wanted not in STREAM_FORMATS:
        problems.append(f"output_format = {wanted!r} cannot be streamed; use auto, or a pcm, mp3 or opus one")
    if problems:
        raise InvalidParameter("; ".join(problems))
    check_audio(audio)
    values = {name: _text(value) for name, value in present.items()} | settings
    raw = present.get("file_format") == "pcm_s16le_16"
    return Conversion(voice_id, audio, values, wanted, streaming, raw, to_pcm16, options)


def _unknown(given: Iterable[str], known: Iterable[str], place: str) -> list[str]:
    problems = []
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            problems.append(
                f"{place}{name} is no parameter; "
                + (f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}")
            )
    return problems


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(given: Mapping[str, Any], problems: list[str]) -> None:
    try:
        ConversionRequest.model_validate(dict(given), strict=True)
    except ValidationError as error:
        problems += _lines(error, "")


def _lines(error: ValidationError, prefix: str) -> list[str]:
    lines = []
    for fault in error.errors(include_url=False):
        name = prefix + ".".join(str(part) for part in fault["loc"])
        told = str(fault.get("ctx", {}).get("error") or fault["msg"])
        value = repr(fault["input"])
        shown = (
            "" if fault["type"] == "missing" else f" = {value if len(value) <= 60 else value[:57] + '...'}"
        )
        lines.append(f"{name}{shown}: {told[:1].lower() + told[1:]}")
    return lines


def _settings(given: Any, problems: list[str]) -> dict[str, str]:
    """`voice_settings` as JSON text; text that is right stays as it is."""
    try:
        if isinstance(given, str):
            VoiceSettings.model_validate_json(given, strict=True)
            return {"voice_settings": given}
        model = given if isinstance(given, VoiceSettings) else VoiceSettings(**dict(given or {}))
        return {"voice_settings": json.dumps(model.given())} if model.given() else {}
    except ValidationError as error:
        problems += _lines(error, "voice_settings.")
    except (TypeError, ValueError):
        problems.append("voice_settings must be JSON text, a mapping or VoiceSettings")
    return {}


def _options(given: Any, problems: list[str]) -> Options:
    if not isinstance(given, Mapping):
        problems.append("request_options must be a mapping")
        return Options()
    problems += _unknown(given, _OPTIONS, "request_options: ")
    for name, value in given.items():
        number = not isinstance(value, bool) and isinstance(value, int | _OPTIONS.get(name, float))
        if value is not None and not (number and value >= 0):
            problems.append(f"request_options: {name} = {value!r} must be a number, 0 or more")
    chunk_size, timeout = given.get("chunk_size") or None, given.get("timeout_in_seconds") or None
    return Options(chunk_size, timeout, given.get("max_retries"))


def checked_voice_id(voice_id: str) -> str:
    """The id, which may become part of an address; another raises InvalidParameter."""
    problems: list[str] = []
    _check({"voice_id": voice_id}, problems)
    if problems:
        raise InvalidParameter("; ".join(problems))
    return voice_id


def checked_base_url(base_url: str) -> str:
    """The base URL without a slash at its end.

    Raises:
        InvalidParameter: it is no http(s) address, or holds a password, a query or a fragment.
    """
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidParameter("base_url must be an address such as https://api.elevenlabs.io")
    if url.userinfo or url.query or url.fragment:
        raise InvalidParameter("base_url must hold no name, no password, no query and no #")
    return base_url.rstrip("/")
