"""Results that exist already: files that are results themselves, and takes whose result was made before."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.files import is_missing, is_there, sibling_exists
from takevoice.jobs import Job, JobOptions, Take
from takevoice.ledger import Ledger
from takevoice.pipeline.planning import Plan, Planner
from takevoice.pipeline.result_names import ResultNames
from takevoice.plugins import Plugins
from takevoice.settings import CANDIDATES, original_name, settings_hash
from takevoice.system.fileid import version_of
from takevoice.take_settings import TakeSettings


class Existing:
    """Recognises results; used from several threads."""

    def __init__(self, ledger: Ledger, planner: Planner, plugins: Plugins) -> None:
        self._ledger, self._planner, self._plugins = ledger, planner, plugins
        self._voices: set[str] = set()

    def is_result(self, path: Path) -> bool:
        """Return True when the file is a result of takevoice; raises AudioError or StorageError when it cannot be read."""
        return bool(self.own_result(*audio.inspect_hashed(path)))

    def own_result(self, take: Take, audio_hash: str) -> str:
        """Return how the file is known to be a result of takevoice; empty when it is not."""
        if audio.has_provenance(take):
            return "its metadata says so"
        if self._ledger.jobs.was_converted(take.path, audio_hash):
            return ""  # a backend that gave back the very same audio
        if self._ledger.outputs.has(audio_hash):
            return "the ledger knows its audio"
        return "by its name" if self.named_like_results([take.path]) else ""

    def named_like_results(self, paths: Sequence[Path]) -> set[Path]:
        """Return the files whose names alone say that they were made from takes next to them."""
        backends = [backend.name for backend in self._plugins.backends() if not backend.paid]
        voices = {voice.name for name in backends for voice in self._plugins.voices(name)}
        # Looked up once: a large ledger takes its time for it.
        self._voices = self._voices or self._ledger.jobs.voices_used()
        return {path for path in paths if self._is_named_like_result(path, voices | self._voices)}

    def note_voice(self, voice: str) -> None:
        """Note that results may be named after this voice."""
        if self._voices:
            self._voices = self._voices | {voice}  # another thread may be reading the old set

    def note_result(self, path: Path) -> None:
        """Note a result that this ledger has not made, so that its take is not paid for again under another name.

        Raises:
            TakevoiceError: it cannot be read, or the note cannot be written.
        """
        made = audio.read_provenance(path)
        if made is None:
            return
        take, result_hash = audio.inspect_hashed(path)
        settings = _settings_hash(made, take.channels)
        if settings:
            self._ledger.outputs.note_seen(made.source, settings, path, result_hash)

    def converted_before(self, path: Path, audio_hash: str, plan: Plan) -> Job | None:
        """Return the newest job that has converted this very file in this way, or as an older version would have."""
        done = (job for each in plan.hashes_converted_before for job in self._finished(path, audio_hash, each))
        return next(done, None)

    def is_result_gone(self, job: Job) -> bool:
        """Return True when the result of a finished job is certainly not there any more, under any name that it had."""
        results = {*self._ledger.outputs.of(job.id), *([job.output] if job.output else ())}
        return all(is_missing(path) and is_there(path.parent) for path in results)

    def finished_with_output(
        self,
        path: Path,
        audio_hash: str,
        plan: Plan,
        wanted: Path | None = None,
        folder: Path | None = None,
        name: str = "",
    ) -> Job | None:
        """Return the newest job that has converted this very file in this very way, and whose result still exists.

        `wanted`: only one whose result was asked for under that path, or in that folder. `folder`: only one whose result is there.
        `name`: only one for which that name was asked, too.
        """
        done = self._finished(path, audio_hash, plan.settings_hash)
        fitting = (job for job in done if wanted in (None, job.options.output) and _is_in(folder, job) and name in ("", job.options.name))
        return next((job for job in fitting if job.output is not None and is_there(job.output)), None)

    def _finished(self, path: Path, audio_hash: str, settings: str) -> Sequence[Job]:
        return [job for job in self._ledger.jobs.done_with(audio_hash, settings) if job.path == path]

    def _is_named_like_result(self, path: Path, voices: Collection[str]) -> bool:
        settings = self._planner.settings_by_name(path).settings
        original = original_name(path.name, settings.output_name, voices)
        if original is None or (settings.output_folder and Path(original).stem == path.stem):
            return False  # results of that name are elsewhere: this is another take, such as a FLAC next to an MP3
        # A WAV or FLAC may be the result of any kind of take.
        suffixes = sorted(audio.ALL_SUFFIXES) if path.suffix.lower() in (".wav", ".flac") else []
        names = [original, *(original.removesuffix(path.suffix) + suffix for suffix in suffixes)]
        return any(sibling_exists(path, name) for name in names)


def adjacent_result_of(job: Job, names: ResultNames) -> Path | None:
    """Return the result of a planned job that another machine has published, by its name and the provenance in the file."""
    if job.is_candidate:
        return candidates_of(names.folder(job), job.path.stem, job.audio_hash, job.channels).get(job.settings_hash)
    return next((path for path in names.existing(job) if is_result_of(path, job)), None)


def is_result_of(path: Path, job: Job) -> bool:
    """Return True when the file is a result of a planned job's audio with its settings, whoever made it."""
    made = audio.read_provenance(path)
    return made is not None and made.source == job.audio_hash and _settings_hash(made, job.channels) == job.settings_hash


def candidates_of(folder: Path, stem: str, audio_hash: str, channels: int) -> Mapping[str, Path]:
    """Return the candidates that were made of a take, whoever made them, by the hash of their settings.

    `folder` is that of the take's result; they are recognised by the provenance in the files, and have the take's name
    (`stem`) in theirs.
    """
    try:
        names = sorted(os.listdir(folder / CANDIDATES))  # noqa: PTH208 - names only
    except OSError:
        return {}
    found: dict[str, Path] = {}
    for path in (folder / CANDIDATES / name for name in names if stem in name and not name.startswith(".")):
        made = audio.read_provenance(path)
        if made is not None and made.source == audio_hash and (key := _settings_hash(made, channels)):
            found.setdefault(key, path)
    return found


def adjacent_result(plan: Plan, audio_hash: str, names: ResultNames) -> Path | None:
    """Return the newest result of this very audio with these very settings, by its name and the provenance in the file, or the
    candidate of it that was picked.

    It finds what the ledger does not know: the ledger was lost, or belongs to another machine.
    """
    take, job = plan.take, plan.as_job(JobOptions())
    candidates = candidates_of(names.folder(job), take.path.stem, audio_hash, take.channels)
    if plan.has_candidates and not candidates.keys() >= set(plan.candidate_hashes):
        return None
    # A copy of a candidate was picked, also where it has another seed than the settings of now.
    fitting = {*plan.hashes_converted_before, *candidates}
    found = [path for path in names.existing(job) if _is_made_of(path, audio_hash, fitting, take.channels)]
    if not found:
        return candidates[plan.candidate_hashes[0]] if plan.has_candidates else None
    return max(found, key=_written)


def _written(path: Path) -> int:
    version = version_of(path)
    return version.mtime_ns if version is not None else 0


def _is_made_of(path: Path, audio_hash: str, settings: Collection[str], channels: int) -> bool:
    made = audio.read_provenance(path)
    return made is not None and made.source == audio_hash and _settings_hash(made, channels) in settings


def _settings_hash(made: audio.Provenance, channels: int) -> str:
    """Return the hash of the settings in a result; empty when they are damaged, or of an incompatible version."""
    try:
        settings = TakeSettings.from_stored(made.settings)
        return settings_hash(made.backend, settings, made.voice_id, made.plugins, channels=channels)
    except (KeyError, TypeError, ValueError):
        return ""


def _is_in(folder: Path | None, job: Job) -> bool:
    return folder is None or (job.output is not None and job.output.parent == folder)
