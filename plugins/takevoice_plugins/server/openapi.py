"""What /openapi.json says of a conversion: drawn from the one description of its parameters."""

from __future__ import annotations

from typing import Any

from takevoice import ConversionRequest, VoiceSettings
from takevoice_plugins.server.answers import MEDIA_TYPE
from takevoice_plugins.server.engine import MODELS
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.parameters import DEFAULT_FORMAT, FORM, QUERY, formats
from takevoice_plugins.server.problems import ProblemBody

_REFUSALS = {
    400: "The audio, the model or a setting cannot be used",
    401: "The API key is missing or wrong",
    404: "There is no such voice",
    408: "The upload stalled",
    413: "The upload is too large",
    429: "Too many conversions at once",
}


def refusals(*only: int) -> dict[int | str, dict[str, Any]]:
    """The refusals (those of `only`, or all) beside 422."""
    chosen = only or tuple(_REFUSALS)
    return {status: {"model": ProblemBody, "description": _REFUSALS[status]} for status in chosen}


def operation(*, streaming: bool, limits: Limits) -> dict[str, Any]:
    """The query, the form and the audio of a conversion."""
    fields = ConversionRequest.model_json_schema()["properties"]
    fields["output_format"] |= {"enum": list(formats(streaming=streaming)), "default": DEFAULT_FORMAT}
    # An empty field is one that is not given: forms send those.
    fields["model_id"] = {"type": "string", "enum": [*MODELS, ""], "default": fields["model_id"]["default"]}
    settings = ", ".join(VoiceSettings.model_fields)
    fields["voice_settings"] = {
        "type": ["string", "null"],
        "contentMediaType": "application/json",
        "description": f"A JSON object of {settings}.",
    }
    fields["file_format"] = {
        "type": ["string", "null"],
        "enum": [*fields["file_format"]["enum"], "", None],
        "default": fields["file_format"]["default"],
    }
    audio = {
        "type": "string",
        "format": "binary",
        "description": f"WAV, AIFF, FLAC, MP3 or Ogg, {limits.shortest:g} to {limits.longest:g} seconds, "
        f"{limits.upload / 1e6:g} MB at most; or 16-bit PCM of 16 kHz, see file_format.",
    }
    form = {
        "type": "object",
        "properties": {"audio": audio, **{name: fields[name] for name in FORM}},
        "required": ["audio"],
    }
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": fields[name]} for name in QUERY
        ],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {
            "200": {
                "description": "The audio in the voice",
                "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    }
