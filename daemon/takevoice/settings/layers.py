"""The settings in force for one take, each with the place it came from. Pure."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from takevoice.request import ConversionRequest, VoiceSettings
from takevoice.settings.errors import key_of
from takevoice.settings.load import LoadedConfig
from takevoice.settings.model import BUILT_IN, TrackSettings, Watch
from takevoice.settings.track_match import matching_glob

RESULT_SETTINGS = ("channels", "level", "true_peak", "room_tone", "dither")
"""The settings that say how the voice is fitted in, beside those of the request."""
_VOICE_SETTINGS = tuple(name for name in VoiceSettings.model_fields if name != "speed")


@dataclass(frozen=True)
class EffectiveSettings:
    """The settings of one take: `values` by key, and where each came from."""

    track: str
    values: Mapping[str, Any]
    sources: Mapping[str, str]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


def resolve(
    loaded: LoadedConfig,
    watch: Watch | None,
    track: str,
    overrides: Mapping[str, Any],
    given_by: str = "given with the request",
    over_osc: Callable[[str], Mapping[str, Any]] | None = None,
) -> EffectiveSettings:
    """Lays the tables over each other: built-in, [defaults], [[watch]], [tracks] glob, then exact, what `over_osc`
    has for the track, then overrides."""
    track = unicodedata.normalize("NFC", track)
    tables = {unicodedata.normalize("NFC", name): table for name, table in loaded.settings.tracks.items()}
    layers: list[tuple[str, Mapping[str, Any]]] = [("built in", BUILT_IN)]
    layers.append((f"{loaded.source} [defaults]", _given(loaded.settings.defaults)))
    if watch is not None:
        layers.append((f"{loaded.source} [[watch]] {watch.folder}", _given(watch)))
    for name in (matching_glob(track, tables), track if track in tables else None):
        if name is not None:
            layers.append((f"{loaded.source} [tracks.{key_of(name)}]", _given(tables[name])))
    if over_osc is not None:
        layers.append(("set over OSC", over_osc(track)))
    layers.append((given_by, overrides))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        values.update(layer)
        sources.update(dict.fromkeys(layer, source))
    return EffectiveSettings(track, values, sources)


def _given(table: TrackSettings) -> dict[str, Any]:
    given = table.model_dump(exclude_none=True, include=set(TrackSettings.model_fields))
    # In [[watch]], `track` and `folder` are the folder's own, not settings of a track.
    return {key: value for key, value in given.items() if key in BUILT_IN}


def request_for(values: Mapping[str, Any], voice_id: str) -> ConversionRequest:
    """The request that the settings make, for a voice of the backend."""
    return ConversionRequest(
        voice_id=voice_id,
        model_id=values["model"],
        output_format=values["output_format"],
        voice_settings=VoiceSettings(**{key: values[key] for key in _VOICE_SETTINGS}),
        seed=values["seed"],
        remove_background_noise=values["remove_background_noise"],
        file_format=values["file_format"],
        enable_logging=values["enable_logging"],
        optimize_streaming_latency=values["optimize_streaming_latency"],
    )


def request_hash(backend: str, request: ConversionRequest) -> str:
    """Identifies what is sent: equal for equal audio means that it need not be sent, or paid, again."""
    return _hash({"backend": backend, **request.model_dump(exclude={"enable_logging"})})


def settings_hash(
    backend: str, request: ConversionRequest, values: Mapping[str, Any], audio_plugins: Sequence[str] = ()
) -> str:
    """Identifies the result: equal for equal audio means that it need not be made again. `audio_plugins` are the plugins
    that change the audio on its way."""
    fitting = {key: values[key] for key in RESULT_SETTINGS}
    plugins = {"plugins": list(audio_plugins)} if audio_plugins else {}
    return _hash({"request": request_hash(backend, request), **fitting, **plugins})


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
