"""A conversion's parameters, from where the API has them: the path, the query, the form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from takevoice import OUTPUT_FORMATS, ConversionRequest, VoiceSettings
from takevoice_plugins.server.form import AUDIO, Form
from takevoice_plugins.server.problems import Fault, WrongParameters

QUERY, FORM = ConversionRequest.query_fields(), ConversionRequest.form_fields()
_TYPES = get_type_hints(ConversionRequest)  # without the annotations: int | None, bool ...
NULLABLE = ("voice_settings", "file_format", *(name for name in _TYPES if type(None) in get_args(_TYPES[name])))
"""The parameters that may be null, which a form writes as the text "null"."""
DEFAULT_FORMAT = "mp3_44100_128"


def formats(*, streaming: bool) -> tuple[str, ...]:
    """The output formats: a stream cannot be a WAV."""
    return tuple(name for name, known in OUTPUT_FORMATS.items() if not (streaming and known.codec == "wav"))


def parse(voice_id: str, query: QueryParams, form: Form, *, streaming: bool) -> ConversionRequest:
    """The request; what is not known is not looked at.

    Raises:
        WrongParameters: with every parameter that cannot be used.
    """
    given = _given(QUERY, query) | _given(FORM, form.fields)
    twice = form.twice | {name for name in QUERY if len(query.getlist(name)) > 1}
    faults = [
        Fault(type="duplicate", loc=_place((name,)), msg="Given more than once") for name in sorted(twice)
    ]
    given.setdefault("output_format", DEFAULT_FORMAT)
    if given["output_format"] not in (known := formats(streaming=streaming)):
        faults.append(
            Fault(type="enum", loc=("query", "output_format"), msg=f"Input should be {_either(known)}")
        )
        given["output_format"] = DEFAULT_FORMAT
    if "voice_settings" in given:
        given["voice_settings"] = _settings(given["voice_settings"], faults)
    if form.audio_size is None:
        faults.append(Fault(type="missing", loc=_place((AUDIO,)), msg="Field required"))
    try:
        request = ConversionRequest.model_validate({"voice_id": voice_id, **given}, strict=True)
    except ValidationError as error:
        raise WrongParameters([*_faults(error, ()), *faults]) from None
    if faults:
        raise WrongParameters(faults)
    return request


def _given(names: Iterable[str], texts: Mapping[str, str]) -> dict[str, Any]:
    there = {name: texts[name] for name in names if name in texts and texts[name] not in _absent(name)}
    return {name: _value(name, text) for name, text in there.items()}


def _absent(name: str) -> tuple[str, ...]:
    """The texts that mean that a parameter is not there: forms send empty fields for what is not set."""
    return (("",) if name in FORM else ()) + (("null",) if name in NULLABLE else ())


def _value(name: str, text: str) -> str | bool | int:
    """The text as a truth or a number where one is wanted; itself when it is none."""
    kind = _TYPES[name]
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == int | None and re.fullmatch(r"-?[0-9]{1,20}", text):
        return int(text)
    return text


def _settings(text: str, faults: list[Fault]) -> VoiceSettings:
    try:
        return VoiceSettings.model_validate_json(text, strict=True)
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
