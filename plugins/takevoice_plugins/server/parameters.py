"""A conversion's parameters, from where the API has them: the path, the query, the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from takevoice import OUTPUT_FORMATS, ConversionRequest, VoiceSettings
from takevoice_plugins.server.problems import Fault, WrongParameters

QUERY = ("enable_logging", "optimize_streaming_latency", "output_format")
FORM = tuple(name for name in ConversionRequest.model_fields if name not in (*QUERY, "voice_id"))
DEFAULT_FORMAT = "mp3_44100_128"


def formats(*, streaming: bool) -> tuple[str, ...]:
    """The output formats: a stream cannot be a WAV."""
    return tuple(name for name, known in OUTPUT_FORMATS.items() if not (streaming and known.codec == "wav"))


def parse(
    voice_id: str, query: Mapping[str, str], fields: Mapping[str, str], *, has_audio: bool, streaming: bool
) -> ConversionRequest:
    """The request; what is empty is not there, and what is not known is not looked at.

    Raises:
        WrongParameters: with every parameter that cannot be used.
    """
    faults: list[Fault] = []
    given: dict[str, Any] = {name: query[name] for name in QUERY if query.get(name)}
    given |= {name: fields[name] for name in FORM if fields.get(name)}
    given.setdefault("output_format", DEFAULT_FORMAT)
    if given["output_format"] not in (known := formats(streaming=streaming)):
        faults.append(
            Fault(type="enum", loc=("query", "output_format"), msg=f"Input should be {_either(known)}")
        )
        given["output_format"] = DEFAULT_FORMAT
    if "voice_settings" in given:
        given["voice_settings"] = _settings(given["voice_settings"], faults)
    if not has_audio:
        faults.append(Fault(type="missing", loc=("body", "audio"), msg="Field required"))
    try:
        request = ConversionRequest.model_validate({"voice_id": voice_id, **given})
    except ValidationError as error:
        raise WrongParameters([*_faults(error, ()), *faults]) from None
    if faults:
        raise WrongParameters(faults)
    return request


def _settings(text: str, faults: list[Fault]) -> VoiceSettings:
    try:
        return VoiceSettings.model_validate_json(text)
    except ValidationError as error:
        faults += _faults(error, ("voice_settings",))
        return VoiceSettings()


def _faults(error: ValidationError, inside: tuple[str, ...]) -> list[Fault]:
    return [
        Fault(type=fault["type"], loc=_place((*inside, *fault["loc"])), msg=fault["msg"])
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _place(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    if loc[0] == "voice_id":
        return ("path", *loc)
    return ("query" if loc[0] in QUERY else "body", *loc)


def _either(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names[:-1]) + f" or '{names[-1]}'"
