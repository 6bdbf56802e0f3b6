"""The parameters of the API are declared once, and everything else derives from them."""

from __future__ import annotations

import pytest

from takevoice.api.wire import Parameters
from takevoice.request import ConversionRequest, VoiceSettings
from takevoice.settings.model import TrackSettings

NOT_SETTINGS = {"voice_id", "voice_settings", "speed"}
DEFAULTS = ConversionRequest(voice_id="x").model_dump() | VoiceSettings().model_dump() | {"model": "m"}


def test_every_parameter_has_a_place_in_the_request() -> None:
    names = ("voice_id", *ConversionRequest.query_fields(), *ConversionRequest.form_fields())
    assert names == tuple(ConversionRequest.model_fields)


def test_the_client_takes_every_parameter() -> None:
    assert set(Parameters.__annotations__) - {"request_options"} == set(ConversionRequest.model_fields) - {
        "voice_id"
    }


def test_every_parameter_is_a_track_setting() -> None:
    fields = (set(ConversionRequest.model_fields) | set(VoiceSettings.model_fields)) - NOT_SETTINGS
    assert set(ConversionRequest.setting_names()) == fields - {"model_id"} | {"model"}
    assert set(ConversionRequest.setting_names()) <= set(TrackSettings.model_fields)


def test_every_setting_is_described() -> None:
    assert [name for name, field in TrackSettings.model_fields.items() if not field.description] == []


def test_settings_make_a_request() -> None:
    settings = DEFAULTS | {"style": 0.25, "seed": 0, "enable_logging": False, "enabled": True}
    assert ConversionRequest.from_settings(settings, "ada") == ConversionRequest(
        voice_id="ada", model_id="m", voice_settings=VoiceSettings(style=0.25), seed=0, enable_logging=False
    )


def test_a_missing_setting_is_an_error() -> None:
    with pytest.raises(KeyError, match="style"):
        ConversionRequest.from_settings({key: DEFAULTS[key] for key in DEFAULTS if key != "style"}, "ada")
