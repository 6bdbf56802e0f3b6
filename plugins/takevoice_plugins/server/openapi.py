"""The description of a conversion in /openapi.json, derived from `ConversionRequest`."""

from __future__ import annotations

from typing import Any

from takevoice import ConversionRequest, VoiceSettings
from takevoice_plugins.server.engine import MODELS
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.parameters import DEFAULT_FORMAT, DEFAULT_MODEL, FORM, QUERY, formats
from takevoice_plugins.server.problems import ProblemBody
from takevoice_plugins.server.responses import MEDIA_TYPE

_DESCRIPTIONS = {
    400: "The audio, the model or a setting cannot be used",
    401: "The API key is missing or wrong",
    404: "The voice does not exist",
    408: "The upload stalled",
    413: "The upload is too large",
    429: "Too many conversions are running",
}


def error_responses(*only: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses with the statuses in `only`, or all, except 422."""
    chosen = only or tuple(_DESCRIPTIONS)
    return {status: {"model": ProblemBody, "description": _DESCRIPTIONS[status]} for status in chosen}


def operation(*, streaming: bool, limits: Limits) -> dict[str, Any]:
    """Return the OpenAPI description of a conversion: its query, form and responses."""
    fields = ConversionRequest.model_json_schema()["properties"]
    fields["output_format"] |= {"enum": list(formats(streaming=streaming)), "default": DEFAULT_FORMAT}
    # Forms send empty fields for parameters that are not set.
    fields["model_id"] = {"type": "string", "enum": [*MODELS, ""], "default": DEFAULT_MODEL}
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
        "description": f"WAV, AIFF, FLAC, MP3 or Ogg, with ffmpeg on the server also M4A, WebM and others; {limits.shortest:g} to {limits.longest:g} seconds, "
        f"{limits.upload / 1e6:g} MB at most; or 16-bit PCM at 16 kHz, see file_format.",
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
                "description": "The converted audio",
                "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    }
