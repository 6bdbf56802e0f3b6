"""The settings in force for one take, each with the place it came from, and what identifies a conversion. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from takevoice.jobs import Job
from takevoice.request import LOCAL_SETTINGS, ConversionRequest
from takevoice.settings.errors import key_of
from takevoice.settings.load import LoadedConfig
from takevoice.settings.model import TrackSettings, Watch
from takevoice.settings.track_match import matching_glob, plain_track
from takevoice.settings.variations import pinned
from takevoice.take_settings import BUILT_IN, SETTING_NAMES, TakeSettings

RESULT_SETTINGS = ("channels", "level", "true_peak", "room_tone", "dither")
"""The settings that shape the result, besides those of the request."""
LATER_SETTINGS = ("result_format", "keep_tones")
"""More of them, left out where they have their built-in value: the hashes of takes that were converted before these existed
stay the same."""
TrackOverrides = Callable[[str], Mapping[str, Any]]
"""Returns what was set over OSC for a track."""


@dataclass(frozen=True)
class EffectiveSettings:
    """The settings of one take, and for each the place it came from."""

    track: str
    settings: TakeSettings
    sources: Mapping[str, str]


def resolve(
    config: LoadedConfig,
    watch: Watch | None,
    track: str,
    overrides: Mapping[str, Any],
    over_osc: Mapping[str, Any] = MappingProxyType({}),
    candidate: int = 0,
) -> EffectiveSettings:
    """Lay the tables over each other: built-in, [defaults], [[watch]], [tracks] glob, [tracks] exact name, what was
    set over OSC for the track, and what was given with the request.

    `candidate`: which one of the take's candidates, from 1; 0: the take itself. A request that names a seed wants the one
    result that it gives, unless it names `candidates` too.
    """
    track = plain_track(track)
    tables = config.tables
    layers: list[tuple[str, Mapping[str, Any]]] = [("built in", BUILT_IN.as_dict())]
    layers.append((f"{config.source} [defaults]", _given(config.settings.defaults)))
    if watch is not None:
        layers.append((f"{config.source} [[watch]] {watch.folder}", _given(watch)))
    for name in (matching_glob(track, config.globs), track if track in tables else None):
        if name is not None:
            layers.append((f"{config.source} [tracks.{key_of(name)}]", _given(tables[name])))
    layers.append(("set over OSC", over_osc))
    if "seed" in overrides and "candidates" not in overrides:
        layers.append(("the seed given with the request", {"candidates": BUILT_IN.candidates}))
    layers.append(("given with the request", overrides))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for source, layer in layers:
        values.update(layer)
        sources.update(dict.fromkeys(layer, source))
    settings = TakeSettings.from_stored(values)
    if not candidate:
        return EffectiveSettings(track, settings, sources)
    one = pinned(settings, candidate)
    changed = {name for name in SETTING_NAMES if getattr(one, name) != getattr(settings, name)}
    return EffectiveSettings(track, one, sources | dict.fromkeys(changed, f"candidate {candidate}"))


def _given(table: TrackSettings) -> dict[str, Any]:
    # In [[watch]], `track` and `folder` belong to the folder, and are not settings of a track.
    return table.model_dump(exclude_none=True, include=set(SETTING_NAMES))


def request_for(settings: TakeSettings, voice_id: str) -> ConversionRequest:
    """Return the request that the settings make, for a voice of the backend."""
    return ConversionRequest.from_settings(settings.as_dict(), voice_id)


def request_hash(backend: str, request: ConversionRequest) -> str:
    """Return what identifies a request: equal for equal audio means that it need not be sent, or paid, again."""
    content = request.model_dump(exclude={"enable_logging"})
    # Left out where they are not set: the hashes of requests from before they existed stay the same.
    voice = content["voice_settings"]
    content["voice_settings"] = {
        name: value for name, value in voice.items() if name not in LOCAL_SETTINGS or value is not None
    }
    return _hash({"backend": backend, **content})


def answer_key(job: Job) -> str:
    """Return the key that identifies the request that a stored answer belongs to."""
    return request_hash(job.backend, request_for(job.settings, job.voice_id))


def settings_hash(
    backend: str,
    settings: TakeSettings,
    voice_id: str,
    audio_plugins: Sequence[str] = (),
    *,
    channels: int = 1,
) -> str:
    """Return what identifies a result: equal for equal audio means that it need not be made again.

    `audio_plugins` are the plugins that change the audio on its way, `channels` is how many the take has.
    """
    request = request_hash(backend, request_for(settings, voice_id))
    shaped = {key: getattr(settings, key) for key in RESULT_SETTINGS}
    if channels == 1 and not isinstance(settings.channels, tuple):
        shaped["channels"] = "mix"  # which was the default once; it is all the same
    # Left out where they change nothing: the hashes of takes that were converted before they existed stay the same.
    shaped |= {key: getattr(settings, key) for key in LATER_SETTINGS if getattr(settings, key) != getattr(BUILT_IN, key)}
    plugins = {"plugins": list(audio_plugins)} if audio_plugins else {}
    return _hash({"request": request, **shaped, **plugins})


def family_hash(candidates: Sequence[str]) -> str:
    """Return what identifies a result that is chosen from candidates, by what identifies each of these."""
    return _hash({"candidates": list(candidates)})


def _hash(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
