"""Parsing of the parameters of a conversion from the path, the query and the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from takevoice import OUTPUT_FORMATS, ConversionRequest, VoiceSettings
from takevoice_plugins.server.form import AUDIO, Form
from takevoice_plugins.server.problems import Fault, WrongParameters

_READERS: dict[Any, TypeAdapter[Any]] = {bool: TypeAdapter(bool), int | None: TypeAdapter(int)}
QUERY, FORM = ConversionRequest.query_fields(), ConversionRequest.form_fields()
_TYPES = get_type_hints(ConversionRequest)  # without the annotations: int | None, bool ...
NULLABLE = ("voice_settings", "file_format", *(name for name in _TYPES if type(None) in get_args(_TYPES[name])))
"""Parameters that may be null; in a form, the text null."""
DEFAULT_FORMAT = "mp3_44100_128"
DEFAULT_MODEL = "eleven_english_sts_v2"


def formats(*, streaming: bool) -> tuple[str, ...]:
    """Return the allowed output formats. A stream cannot be a WAV."""
    return tuple(name for name, known in OUTPUT_FORMATS.items() if not (streaming and known.codec == "wav"))


def parse(voice_id: str, query: QueryParams, form: Form, *, streaming: bool) -> ConversionRequest:
    """Return the request; unknown parameters are ignored.

    Raises:
        WrongParameters: lists every invalid parameter.
    """
    values = _values(QUERY, query) | _values(FORM, form.fields)
    repeated = form.repeated | {name for name in QUERY if len(query.getlist(name)) > 1}
    faults = [
        Fault(type="duplicate", loc=_location((name,)), msg="Given more than once")
        for name in sorted(repeated)
    ]
    values.setdefault("output_format", DEFAULT_FORMAT)
    values.setdefault("model_id", DEFAULT_MODEL)
    if values["output_format"] not in (known := formats(streaming=streaming)):
        faults.append(
            Fault(type="enum", loc=("query", "output_format"), msg=f"Input should be {_alternatives(known)}")
        )
        values["output_format"] = DEFAULT_FORMAT
    if "voice_settings" in values:
        values["voice_settings"] = _settings(values["voice_settings"], faults)
    if form.audio_size is None:
        faults.append(Fault(type="missing", loc=_location((AUDIO,)), msg="Field required"))
    try:
        request = ConversionRequest.model_validate({"voice_id": voice_id, **values}, strict=True)
    except ValidationError as error:
        raise WrongParameters([*_faults(error, ()), *faults]) from None
    if faults:
        raise WrongParameters(faults)
    return request


def _values(names: Iterable[str], texts: Mapping[str, str]) -> dict[str, Any]:
    there = {name: texts[name] for name in names if name in texts and texts[name] not in _unset_texts(name)}
    return {name: _value(name, text) for name, text in there.items()}


def _unset_texts(name: str) -> tuple[str, ...]:
    """Return the texts that mean "not set": form builders send empty values for parameters without one."""
    return ("", "null") if name in NULLABLE else ("",)


def _value(name: str, text: str) -> str | bool | int:
    """Convert the text to a bool or int if the parameter has that type; return it unchanged if that fails.

    It may be written in all the ways that pydantic accepts: 1, yes and on for true.
    """
    reader = _READERS.get(_TYPES[name])
    try:
        return text if reader is None else reader.validate_python(text.strip())
    except ValidationError:
        return text


def _settings(text: str, faults: list[Fault]) -> VoiceSettings:
    try:
        # As lenient as with the query: form builders write numbers as text.
        return VoiceSettings.model_validate_json(text)
    except ValidationError as error:
        faults += _faults(error, ("voice_settings",))
        return VoiceSettings()


def _faults(error: ValidationError, inside: tuple[str, ...]) -> list[Fault]:
    return [
        Fault(type=fault["type"], loc=_location((*inside, *fault["loc"])), msg=fault["msg"])
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]


def _location(loc: tuple[str | int, ...]) -> tuple[str | int, ...]:
    if loc[0] == "voice_id":
        return ("path", *loc)
    return ("query" if loc[0] in QUERY else "body", *loc)


def _alternatives(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names[:-1]) + f" or '{names[-1]}'"
