"""The neural backend: converts takes to voices with recordings, by a model in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from takevoice import Backend, Encoded, Voice, errors, find_voice, hookimpl
from takevoice_plugins.neural.options import Options

if TYPE_CHECKING:
    from takevoice import Commands, ConversionRequest, Job, Take
    from takevoice_plugins.local.cloned.store import ClonedVoices
    from takevoice_plugins.neural.child_process import ChildProcess
    from takevoice_plugins.neural.conversion import RecordedVoice
    from takevoice_plugins.neural.worker import Worker

NAME = "neural"
INSTALL = 'install it with `pip install ".[neural]"` in the folder of its source, or name a Python that has torch: [plugins.neural] python, or TAKEVOICE_NEURAL_PYTHON'
NO_VOICES = "no voice has recordings; `takevoice voices add NAME FILE... --keep-recordings` makes one"


class Neural:
    """The plugin. The model and the voices are in the state dir `state`; the process starts with the first take."""

    def __init__(self, state: Path | None = None, options: Options | None = None, voices_in: Path | None = None) -> None:
        """`voices_in`: another folder like a state dir, whose voices are used."""
        self._options, self._voices_in = options or Options(), voices_in
        self._state: Path | None = None
        self._voices: ClonedVoices | None = None
        self._worker: Worker | None = None
        self._lock = threading.Lock()
        if state is not None:
            self._set(state, self._options)

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        """Apply `[plugins.neural]`; raises ConfigError for invalid options."""
        self._set(state_dir, Options.of(options.get(NAME, {})))

    def _set(self, state: Path, options: Options) -> None:
        from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices

        with self._lock:
            if (state, options) == (self._state, self._options) and self._voices is not None:
                return
            self._state, self._options = state, options
            self._voices = ClonedVoices((self._voices_in or state) / FOLDER, NAME)
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.retire()

    @hookimpl
    def backends(self) -> Sequence[Backend]:
        """Return the backend, which is ready if it has all that it needs: torch, the model, and a voice."""
        problem = self._problem()
        detail = problem or "a neural converter on this machine: works offline"
        return [Backend(NAME, ready=not problem, detail=detail)]

    def _problem(self) -> str:
        if self._state is None or self._voices is None:
            return "it has no state dir"
        if self._options.lacks_torch:
            return f"torch is not installed; {INSTALL}"
        if missing := self._options.missing:
            return f"{missing} is no program that can be started; see [plugins.neural] and TAKEVOICE_NEURAL_PYTHON"
        if not self._options.program:
            from takevoice_plugins.neural.models import folder_of, problem_with

            if problem := problem_with(folder_of(self._state)):
                return problem
        return "" if self._recorded() else NO_VOICES

    @hookimpl
    def voices(self, backend: str) -> Sequence[Voice] | None:
        """Return the voices that have recordings; None for other backends."""
        return self._recorded() if backend == NAME else None

    def _recorded(self) -> list[Voice]:
        return self._voices.voices(recorded=True) if self._voices else []

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        """Start the conversion of a take; None for other backends.

        Raises:
            UnknownVoice: there is no such voice with recordings.
            BackendUnavailable: torch, the model or all voices are missing.
            BackendError: the request has a speed other than 1.
        """
        if job.backend != NAME:
            return None
        if problem := self._problem():
            raise errors.BackendUnavailable("the neural backend is not ready", hint=problem)
        voice = find_voice(request.voice_id, self._recorded(), NAME)
        if request.voice_settings.speed not in (None, 1):
            raise errors.BackendError(
                "the neural backend cannot change the timing of a take", hint="set voice_settings.speed to 1"
            )
        from takevoice_plugins.local.parameters import asked_again

        request = asked_again(job, request)
        # The older job first, so that each is done as early as it can be, while the others use what it leaves of the GPU.
        return Encoded(self._chunks(self._recording(voice.id), request, audio, job.id), request.output_format)

    @hookimpl
    def register_commands(self, cli: Commands) -> None:
        """Add `takevoice voices fetch`."""
        from takevoice_plugins.neural import commands

        commands.register(cli)

    def close(self) -> None:
        """End the process now."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()

    @property
    def pid(self) -> int | None:
        """The number of the child process; None while there is none."""
        return self._worker.pid if self._worker else None

    def _recording(self, voice_id: str) -> RecordedVoice:
        from takevoice_plugins.neural.conversion import RecordedVoice

        voices = self._voices
        profile = voices.find(voice_id) if voices else None
        if voices is None or profile is None:
            raise errors.UnknownVoice(f'there is no voice "{voice_id}" any more')
        return RecordedVoice(profile.id, voices.recordings(profile.name))

    def _chunks(self, voice: RecordedVoice, request: ConversionRequest, audio: Take, rank: int) -> Iterator[bytes]:
        from takevoice_plugins.local.parameters import EngineParameters
        from takevoice_plugins.neural.conversion import NeuralTask, convert_file

        parameters = EngineParameters.of(request)
        task = NeuralTask(audio.path, audio.sample_rate, audio.frames, parameters, request.output_format, rank)
        yield from convert_file(self._running(), voice, task)

    def _running(self) -> Worker:
        from takevoice_plugins.neural.worker import Worker

        with self._lock:
            if self._worker is None:
                state, options = self._state, self._options
                if state is None:
                    raise errors.BackendUnavailable("the neural backend has no state dir")
                self._worker = Worker(lambda: _start(state, options), options.idle)
            return self._worker


def _start(state: Path, options: Options) -> ChildProcess:
    """Start the process and have it load the model.

    Raises:
        BackendError: it cannot; NoMemory: not now.
    """
    from takevoice_plugins.neural.start import start

    return start(state, options)
