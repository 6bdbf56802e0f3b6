"""The local backend: an engine of our own that gives a take another voice on this machine, offline."""

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
    from takevoice_plugins.local.voice_profile import VoiceProfile

NAME = "local"


class Local:
    """The plugin. It knows the made voices of the state dir `state`; of none until it is told one."""

    def __init__(self, state: Path | None = None) -> None:
        self._made: ClonedVoices | None = None
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()
        if state is not None:
            self.configure({}, state)

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:  # noqa: ARG002
        """Finds the made voices; there are no options."""
        from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices

        folder = state_dir / FOLDER
        if self._made is None or self._made.folder != folder:
            self._made = ClonedVoices(folder, NAME)

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        """One backend, which is always ready."""
        return [Backend(NAME, ready=True, detail="built in: works offline, on this machine")]

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        """The designed voices, then the made ones."""
        return self._voices() if backend == NAME else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        """Gives the take in the request's voice.

        Raises:
            UnknownVoice: there is no such voice.
            BackendError: another speed is asked for.
        """
        if job.backend != NAME:
            return None
        voice = find_voice(request.voice_id, self._voices(), NAME)
        if request.voice_settings.speed not in (None, 1):
            raise errors.BackendError("a take keeps its timing", hint="leave voice_settings.speed at 1")
        return Encoded(self._converted(self._profile(voice.id), request, audio), request.output_format)

    @hookimpl
    def register_commands(self, cli: Commands) -> None:
        """Adds `takevoice voices add`, `show` and `remove`."""
        from takevoice_plugins.local.cloned import commands

        commands.register(cli)

    def _voices(self) -> list[Voice]:
        from takevoice_plugins.local.catalogue import PRESETS

        designed = [
            Voice(
                voice.id,
                voice.name,
                NAME,
                description=voice.description,
                labels={"gender": voice.gender, "age": voice.age},
            )
            for voice in PRESETS
        ]
        return designed + (self._made.voices() if self._made else [])

    def _profile(self, voice_id: str) -> VoiceProfile:
        # Here, so that listing backends and voices needs no numerical library.
        from takevoice_plugins.local.cloned.clone import ClonedProfile
        from takevoice_plugins.local.preset import profile

        made = self._made.find(voice_id) if self._made else None
        return profile(voice_id) if made is None else ClonedProfile(made)

    def _converted(self, voice: VoiceProfile, request: ConversionRequest, audio: Take) -> Iterator[bytes]:
        from takevoice_plugins.local.conversion import ConversionTask
        from takevoice_plugins.local.parameters import EngineParameters
        from takevoice_plugins.local.pool import ProcessPool

        task = ConversionTask(
            audio.path, audio.sample_rate, audio.frames, EngineParameters.of(request), request.output_format
        )
        with self._lock:
            self._pool = pool = self._pool or ProcessPool()
        yield from pool.convert(voice, task)
