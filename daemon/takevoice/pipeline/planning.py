"""Everything that is decided about a take before it is converted: its track, settings, backend and voice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.jobs import Job, Take
from takevoice.plugins.manager import Plugins
from takevoice.settings import (
    EffectiveSettings,
    LoadedConfig,
    Watch,
    request_for,
    resolve,
    settings_hash,
    track_from_name,
    watch_root,
)
from takevoice.voices import Backend, Voice, find_voice


@dataclass(frozen=True)
class JobOptions:
    """What came with an explicit request for a file."""

    track: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    again: bool = False  # convert even if the same result is there already
    start: str = ""  # where the take lies in its session, in samples; kept for whoever asked
    released: tuple[str, ...] = ()  # what it was held for, before a person let it go on
    afresh: bool = False  # what was received before is no good

    def as_settings(self) -> dict[str, Any]:
        """What the ledger keeps of it, so that a retry asks for the same."""
        kept = {
            "wish_track": self.track,
            "wish_overrides": dict(self.overrides),
            "out": self.out and str(self.out),
            "start": self.start,
            "released": list(self.released),
        }
        return {key: value for key, value in kept.items() if value}

    @staticmethod
    def of(job: Job, *, again: bool) -> JobOptions:
        """The wish that a job was made with."""
        out = job.settings.get("out")
        return JobOptions(
            job.settings.get("wish_track"),
            job.settings.get("wish_overrides", {}),
            Path(out) if out else None,
            again,
            job.settings.get("start", ""),
            released=tuple(job.settings.get("released", ())),
            afresh=bool(job.settings.get("afresh")),
        )


@dataclass(frozen=True)
class Plan:
    """Everything decided about a take before it is converted."""

    take: Take
    effective: EffectiveSettings
    backend: Backend
    voice: Voice
    audio_plugins: tuple[str, ...] = ()  # the plugins that change the audio on its way

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as the ledger stores them."""
        audio_plugins = {"plugins": list(self.audio_plugins)} if self.audio_plugins else {}
        return {**self.effective.values, "voice_id": self.voice.id, **audio_plugins}

    @property
    def settings_hash(self) -> str:
        """Identifies the conversion."""
        request = request_for(self.effective.values, self.voice.id)
        return settings_hash(self.backend.name, request, self.effective.values, self.audio_plugins)


def watch_of(loaded: LoadedConfig, path: Path) -> Watch | None:
    """The [[watch]] table whose folder the file is in; the innermost."""
    roots = [(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
    inside = [(len(root.parts), watch) for root, watch in roots if root in path.parents]
    return max(inside, key=lambda item: item[0], default=(0, None))[1]


OverOsc = Callable[[str], Mapping[str, Any]]
"""What was set over OSC for a track."""


def effective_settings(
    loaded: LoadedConfig, plugins: Plugins, take: Take, wish: JobOptions, over_osc: OverOsc | None = None
) -> EffectiveSettings:
    """The settings in force for a take, each with its source."""
    watch = watch_of(loaded, take.path)
    track = wish.track or plugins.track_name(take.path, take)
    if track is None:
        track = track_from_name(take.path.stem, watch.track if watch else None)
    return resolve(loaded, watch, track, wish.overrides, over_osc=over_osc)


def plan(loaded: LoadedConfig, plugins: Plugins, path: Path, wish: JobOptions, over_osc: OverOsc | None = None) -> Plan:
    """Reads the file and decides its settings, backend and voice.

    Raises:
        TakevoiceError: it cannot be converted, or not like this.
    """
    take = audio.inspect(path)
    effective = effective_settings(loaded, plugins, take, wish, over_osc)
    backend = choose_backend(loaded.settings.backend, plugins.backends())
    voice = find_voice(effective["voice"], plugins.voices(backend.name), backend.name)
    return Plan(take, effective, backend, voice, plugins.audio_plugins())
