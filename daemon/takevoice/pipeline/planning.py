"""What will be done to a file: its track, settings, backend, voice, price and name. Everybody asks here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.backends import AUTO, choose_backend
from takevoice.errors import BackendUnavailable, TakevoiceError, UnknownVoice
from takevoice.jobs import Job, JobOptions, State, Take
from takevoice.pipeline.prices import credits_for, sent_seconds
from takevoice.pipeline.result_names import Home, ResultNames
from takevoice.plugins import Plugins
from takevoice.settings import (
    CurrentConfig,
    EffectiveSettings,
    TrackOverrides,
    Watch,
    count_of,
    each_of,
    family_hash,
    resolve,
    settings_hash,
    track_from_name,
    watch_root,
)
from takevoice.settings.track_match import plain_track
from takevoice.take_settings import TakeSettings
from takevoice.voices import Backend, Voice, find_voice


@dataclass(frozen=True)
class Draft:
    """A plan that needs no voice yet, and so no network."""

    take: Take
    effective: EffectiveSettings
    backend: Backend

    @property
    def settings(self) -> TakeSettings:
        """The settings in force."""
        return self.effective.settings

    @property
    def credits(self) -> float:
        """What the conversion costs, at most."""
        return credits_for(self.backend, sent_seconds(self.settings, self.take.seconds, self.take.channels)[1])

    @property
    def conversions(self) -> Sequence[Draft]:
        """A draft for each conversion of the take: for each of its candidates, or itself where it has none."""
        each = each_of(self.settings)
        return [replace(self, effective=replace(self.effective, settings=one)) for one in each] if len(each) > 1 else [self]

    def as_fields(self, audio_hash: str) -> Mapping[str, Any]:
        """Return the fields of a job for which this much is decided; `audio_hash` is that of its take."""
        return {
            "audio_hash": audio_hash,
            "track": self.effective.track,
            "backend": self.backend.name,
            "voice": "",
            "voice_id": "",
            "settings": self.settings,
            "audio_plugins": (),
            "settings_hash": "",
            "frames": self.take.frames,
            "sample_rate": self.take.sample_rate,
            "channels": self.take.channels,
        }


@dataclass(frozen=True)
class Plan(Draft):
    """Everything that is decided about a take before it is converted."""

    voice: Voice
    audio_plugins: tuple[str, ...] = ()  # the plugins that change the audio on its way
    voices: tuple[Voice, ...] = ()  # of its candidates

    @property
    def settings_hash(self) -> str:
        """What identifies the result, for equal audio: or all candidates that it is chosen from."""
        return family_hash(self.candidate_hashes) if self.has_candidates else self._hash_with(self.settings)

    @property
    def candidate_hashes(self) -> Sequence[str]:
        """What identifies the result of each of its candidates."""
        each = zip(each_of(self.settings), self.voices, strict=True)
        return [self._hash_with(settings, voice) for settings, voice in each]

    @property
    def has_candidates(self) -> bool:
        """True for a take that several candidates are made of; each has a plan of its own."""
        return count_of(self.settings) > 1

    def as_fields(self, audio_hash: str) -> Mapping[str, Any]:
        """Return the fields of a job that is planned so; `audio_hash` is that of its take."""
        return {
            **super().as_fields(audio_hash),
            "voice": self.voice.name,
            "voice_id": self.voice.id,
            "audio_plugins": self.audio_plugins,
            "settings_hash": self.settings_hash,
        }

    def as_job(self, options: JobOptions) -> Job:
        """Return a job that is planned so, of which nothing else is known."""
        return Job(0, self.take.path, State.FOUND, options=options, **self.as_fields(""))

    @property
    def hashes_converted_before(self) -> tuple[str, ...]:
        """What identifies the results after which none is made, unless a person asks for it.

        Takes that were converted when "mix" was the default of `channels` are not paid for again after an update.
        """
        if self.has_candidates or self.settings.channels != "auto":
            return (self.settings_hash,)
        return self.settings_hash, self._hash_with(replace(self.settings, channels="mix"))

    def _hash_with(self, settings: TakeSettings, voice: Voice | None = None) -> str:
        voice_id = (voice or self.voice).id
        return settings_hash(
            self.backend.name, settings, voice_id, self.audio_plugins, channels=self.take.channels
        )


class Planner:
    """Plans conversions with the config, the plugins and the track settings of the moment."""

    def __init__(self, config: CurrentConfig, plugins: Plugins, over_osc: TrackOverrides) -> None:
        self._config, self._plugins, self._over_osc = config, plugins, over_osc
        self.names = ResultNames(self._home_of)

    def backend(self) -> Backend:
        """Return the backend that converts; raises BackendUnavailable."""
        return choose_backend(self._config.settings.backend, self._plugins.backends())

    @property
    def chooses_backend(self) -> bool:
        """True where the config leaves it to takevoice which backend converts."""
        return self._config.settings.backend == AUTO

    def voices(self, backend: str) -> Sequence[Voice]:
        """Return the voices of a backend; raises BackendError when it cannot list them."""
        return self._plugins.voices(backend)

    def wanted_backend(self) -> str:
        """Return the name of the backend that converts, or that is waited for; "auto" when neither is known."""
        try:
            return self.backend().name
        except BackendUnavailable:
            pending = (backend.name for backend in self._plugins.backends() if backend.pending)
            return next(pending, self._config.settings.backend)

    def backend_named(self, name: str) -> Backend | None:
        """Return the backend of that name, ready or not."""
        return next((backend for backend in self._plugins.backends() if backend.name == name), None)

    def watch_of(self, path: Path) -> Watch | None:
        """Return the [[watch]] table of the innermost watched folder that the file is in."""
        return self._watched(path)[1]

    def _home_of(self, path: Path) -> Home | None:
        root, watch = self._watched(path)
        return None if watch is None else Home(root, watch.track)

    def _watched(self, path: Path) -> tuple[Path, Watch | None]:
        loaded = self._config.loaded
        roots = [(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
        inside = [(root, watch) for root, watch in roots if root in path.parents]
        return max(inside, key=lambda item: len(item[0].parts), default=(path.parent, None))

    def settings_of_track(
        self, track: str, watch: Watch | None = None, options: JobOptions | None = None
    ) -> EffectiveSettings:
        """Return the settings in force for a track, each with its source."""
        track = plain_track(track)
        options = options or JobOptions()
        return resolve(
            self._config.loaded, watch, track, options.overrides, self._over_osc(track), options.candidate
        )

    def settings_by_name(self, path: Path) -> EffectiveSettings:
        """Return the settings that the file's name and folder lead to, without looking into the file."""
        watch = self.watch_of(path)
        return self.settings_of_track(track_from_name(path.stem, watch.track if watch else None), watch)

    def settings(self, take: Take, options: JobOptions) -> EffectiveSettings:
        """Return the settings in force for a take, each with its source."""
        watch = self.watch_of(take.path)
        track = options.track or self._plugins.track_name(take.path, take)
        if track is None:
            track = track_from_name(options.name_of(take.path), watch.track if watch else None)
        return self._with_speaker(self.settings_of_track(track, watch, options))

    def _with_speaker(self, effective: EffectiveSettings) -> EffectiveSettings:
        """Let `source` name what is known of a speaker now: once that changes, the take is to be converted again."""
        settings = effective.settings
        known = self._plugins.speaker(self.wanted_backend(), settings.source) if settings.source else None
        return replace(effective, settings=replace(settings, source=known)) if known else effective

    def settings_of_job(self, job: Job) -> EffectiveSettings:
        """Return the settings in force now for a job that was planned before, without looking into its file.

        A track that a plugin has named stays.
        """
        watch = self.watch_of(job.path)
        track = job.options.track
        if track is None:
            named = self._plugins.uses("track_name")
            name = job.options.name_of(job.path)
            track = job.track if named else track_from_name(name, watch.track if watch else None)
        return self._with_speaker(self.settings_of_track(track, watch, job.options))

    def draft(self, path: Path, options: JobOptions) -> Draft:
        """Read the file's header and decide its settings and backend.

        Raises:
            TakevoiceError: it cannot be converted.
        """
        return self.draft_of(audio.inspect(path), options)

    def draft_of(self, take: Take, options: JobOptions) -> Draft:
        """Do the same with a take whose header was read before."""
        effective = self.settings(take, options)
        return Draft(take, effective, self.backend().for_voices(*(each.voice for each in each_of(effective.settings))))

    def segmentation(self, draft: Draft) -> audio.Segmentation:
        """Read the take and return what is sent of it.

        Raises:
            AudioError: the take cannot be read, or has no such channel.
        """
        return self.segmentation_of(draft, audio.read_take(draft.take))

    def segmentation_of(self, draft: Draft, reading: audio.TakeReading) -> audio.Segmentation:
        """Return what is sent of a take that was read; raise AudioError if it has no such channel."""
        settings = draft.settings
        return audio.segment_take(reading, settings.channels, draft.backend.max_seconds, settings.keep_tones)

    def credits(self, draft: Draft) -> float:
        """Return what a conversion costs: of a short take with several channels as it is cut, else at most.

        Raises:
            AudioError: the take cannot be read, or has no such channel.
        """
        take = draft.take
        if not draft.backend.paid or take.channels == 1 or take.frames * take.channels > audio.IN_MEMORY:
            return draft.credits
        return credits_for(draft.backend, self.sent_seconds(draft))

    def sent_seconds(self, draft: Draft) -> float:
        """Return how much of a take is sent, for all its candidates: each voice once, without long silence.

        Raises:
            AudioError: the take cannot be read, or has no such channel.
        """
        cuts = Counter((each.settings.channels, each.settings.keep_tones) for each in draft.conversions)
        by_cut = {(each.settings.channels, each.settings.keep_tones): each for each in draft.conversions}
        frames = sum(self.segmentation(each).frames * cuts[cut] for cut, each in by_cut.items())
        return frames / draft.take.sample_rate

    def complete(self, draft: Draft) -> Plan:
        """Find the voice of a draft; this may need the network.

        Raises:
            BackendError: the backend has no such voice, or cannot list its voices.
        """
        name = draft.backend.name
        listed = self.voices(name)
        voices = tuple(find_voice(each.voice, listed, name) for each in each_of(draft.settings))
        # The name of a result stays, whichever candidate is picked.
        backend = replace(draft.backend, credits_per_minute=0.0) if all(voice.free for voice in voices) else draft.backend
        return Plan(draft.take, draft.effective, backend, voices[0], self._plugins.audio_plugins(), voices)

    def unknown_voices(self, names: Collection[str]) -> Mapping[str, UnknownVoice]:
        """Return which of these names or ids no voice of the backend in force has; this may need the network, once for all.

        Raises:
            BackendError: no backend is ready, or it cannot list its voices.
        """
        backend, unknown = self.backend().name, dict[str, UnknownVoice]()
        voices = self.voices(backend)
        for name in names:
            try:
                find_voice(name, voices, backend)
            except UnknownVoice as error:
                unknown[name] = error
        return unknown

    def check_voice(self, name: str) -> None:
        """Raise UnknownVoice if the backend in force certainly has no voice of that name or id; this may need the network."""
        try:
            unknown = self.unknown_voices([name])
        except TakevoiceError:
            return  # the intake finds out, or waits
        if unknown:
            raise unknown[name]

    def plan(self, path: Path, options: JobOptions) -> Plan:
        """Decide everything about a file.

        Raises:
            TakevoiceError: it cannot be converted, or not with these options.
        """
        return self.complete(self.draft(path, options))

    def published_to(self, job: Job) -> Path | None:
        """Return the path that takevoice will publish a job's result to; None where a plugin writes the result."""
        return None if self._plugins.replaces("write_output") else self._plugins.output_path(job)

    def output_path(self, plan: Plan, options: JobOptions) -> Path:
        """Return the name that the result would get, before any number is added to it."""
        return self._plugins.output_path(plan.as_job(options))

    def explained(self, plan: Plan, options: JobOptions) -> Sequence[Mapping[str, str]]:
        """Return what plugins say about the job that the take would have: lines by name."""
        return self._plugins.explain(plan.as_job(options))
