"""The local backend: converts takes on this machine, offline, with an engine of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import Backend, Encoded, Voice, errors, find_voice, hookimpl

if TYPE_CHECKING:
    from takevoice import Commands, ConversionRequest, Job, Take
    from takevoice_plugins.local.cloned.store import ClonedVoices
    from takevoice_plugins.local.pool import ProcessPool
    from takevoice_plugins.local.speaker import Speaker
    from takevoice_plugins.local.voice_profile import VoiceProfile

NAME = "local"


class Local:
    """The plugin.

    Cloned voices and known speakers are in the state dir `state`; without one there are only the preset voices.
    """

    def __init__(self, state: Path | None = None) -> None:
        self._cloned: ClonedVoices | None = None
        self._state: Path | None = None
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()
        if state is not None:
            self.configure({}, state)

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:  # noqa: ARG002
        """Set the state dir, which has the cloned voices. There are no options."""
        from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices

        self._state = state_dir
        folder = state_dir / FOLDER
        if self._cloned is None or self._cloned.folder != folder:
            self._cloned = ClonedVoices(folder, NAME)

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        """Return the one backend, which is always ready."""
        return [Backend(NAME, ready=True, detail="built in: works offline, on this machine")]

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        """Return the preset voices, then the cloned ones; None for other backends."""
        return self._voices() if backend == NAME else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        """Start the conversion of a take; None for other backends.

        Raises:
            UnknownVoice: there is no such voice.
            BackendError: the request has a speed other than 1.
        """
        if job.backend != NAME:
            return None
        voice = find_voice(request.voice_id, self._voices(), NAME)
        if request.voice_settings.speed not in (None, 1):
            raise errors.BackendError(
                "the local engine cannot change the timing of a take", hint="set voice_settings.speed to 1"
            )
        from takevoice_plugins.local.parameters import asked_again

        request = asked_again(job, request)
        known, learn_to = self._speaker(job, request)
        return Encoded(
            self._chunks(self._profile(voice.id), request, audio, known, learn_to), request.output_format
        )

    @hookimpl
    def speaker(self, backend: str, source: str) -> str | None:
        """Return the speaker's name with what identifies the profile; None for other backends, and where there is none."""
        if backend != NAME or self._state is None:
            return None
        from takevoice_plugins.local.known_speaker import identified

        return identified(self._state, source)

    @hookimpl
    def explain(self, job: Job) -> Mapping[str, str] | None:
        """Return what is known of the speaker of a take; None for other backends."""
        if job.backend != NAME or self._state is None:
            return None
        from takevoice_plugins.local.known_speaker import in_words

        return {"speaker": in_words(self._state, job, job.settings.source)}

    @hookimpl
    def register_commands(self, cli: Commands) -> None:
        """Add `takevoice voices add`, `voices show`, `voices remove` and `voices learn`."""
        from takevoice_plugins.local.cloned import commands

        commands.register(cli)

    def _voices(self) -> list[Voice]:
        from takevoice_plugins.local.catalogue import PRESETS

        presets = [
            Voice(
                voice.id,
                voice.name,
                NAME,
                description=voice.description,
                labels={"gender": voice.gender, "age": voice.age},
            )
            for voice in PRESETS
        ]
        return presets + (self._cloned.voices() if self._cloned else [])

    def _profile(self, voice_id: str) -> VoiceProfile:
        # Imported here, so that listing backends and voices needs no numerical library.
        from takevoice_plugins.local.cloned.clone import ClonedProfile
        from takevoice_plugins.local.preset import profile

        cloned = self._cloned.find(voice_id) if self._cloned else None
        return profile(voice_id) if cloned is None else ClonedProfile(cloned)

    def _speaker(self, job: Job, request: ConversionRequest) -> tuple[Speaker | None, Path | None]:
        """Return what is known of the speaker, and the file to which the take is added."""
        if self._state is None:
            return None, None
        from takevoice_plugins.local.known_speaker import known_speaker

        return known_speaker(self._state, job, request.voice_settings.source)

    def _chunks(
        self,
        voice: VoiceProfile,
        request: ConversionRequest,
        audio: Take,
        known: Speaker | None,
        learn_to: Path | None,
    ) -> Iterator[bytes]:
        from takevoice_plugins.local.conversion import ConversionTask
        from takevoice_plugins.local.parameters import EngineParameters
        from takevoice_plugins.local.pool import ProcessPool

        parameters = EngineParameters.of(request)
        task = ConversionTask(
            audio.path, audio.sample_rate, audio.frames, parameters, request.output_format, known, learn_to
        )
        with self._lock:
            self._pool = pool = self._pool or ProcessPool()
        yield from pool.convert(voice, task)
