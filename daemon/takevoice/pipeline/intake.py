"""From a finished file to a queued job: is it a take at all, has it been done, which settings hold?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.errors import AudioError, BackendError, LedgerError, TakevoiceError, printable
from takevoice.jobs import Job, State, Take
from takevoice.pipeline.existing import adjacent_result
from takevoice.pipeline.hold_policy import HoldPolicy, why_held
from takevoice.pipeline.planning import JobOptions, Plan, plan, watch_of
from takevoice.pipeline.services import MANY, Services, failure, log
from takevoice.settings import original_name, resolve, track_from_name
from takevoice.watch import look, sibling_exists


class Intake:
    """Decides about files, one at a time; used from several threads."""

    def __init__(self, context: Services, holds: HoldPolicy | None = None) -> None:
        """`holds` may hold what nobody has asked for."""
        self._context, self._holds = context, holds
        self._voices: set[str] = set()

    def take_up(self, job: Job, wish: JobOptions | None = None) -> Job | None:
        """Queues the job, fails it, or takes it back (None): then its file is none of our business.

        `wish` comes with an explicit request: nothing is refused then, but what has been done is not done again.
        """
        explicit, wish = wish is not None, wish or JobOptions()
        before = look(job.path)
        try:
            if not explicit and not self._context.plugins.accept_file(job.path):
                self._drop(job, "refused", "a plugin refuses it")
                return None
            planned = self._plan(job.path, wish)
            digest = audio.audio_hash(planned.take)
            if not explicit:
                ours = self._known_as_ours(planned.take, digest)
                if ours:
                    self._drop(job, "ours", f"it is a converted take already ({ours})")
                    return None
                if not planned.effective["enabled"]:
                    self._drop(job, "refused", f"the track {planned.effective.track} is not enabled")
                    return None
        except TakevoiceError as error:
            self._put_off(error)
            text = failure(job, error)
            return self._context.tell(
                self._context.ledger.finish_looking(
                    job.id, State.FAILED, before, error_code=error.code, error=text
                )
            )
        if self._voices:
            self._voices = self._voices | {planned.voice.name}  # another thread may be reading the old one
        if look(job.path) != before:
            raise FileChanged("has changed while it was read", where=str(job.path))
        if wish.afresh:
            self._context.work.forget_received(job)
        if not wish.again and wish.out is None:
            done = self._done_already(job.path, digest, planned.settings_hash)
            if explicit:
                done = [each for each in done if each.output is not None and each.output.exists()]
            if done:
                self._drop(job, "known", "it is converted already", instead=done[0])
                return None
            if not explicit and (beside := adjacent_result(planned, digest)) is not None:
                self._drop(job, "known", f"its result lies beside it: {printable(beside.name)}")
                return None
        reason = "" if explicit or not self._holds else self._holds.reason(job, paid=planned.backend.paid)
        ready = self._context.tell(
            self._context.ledger.finish_looking(
                job.id,
                State.HELD if reason else State.QUEUED,
                before,
                error_code=MANY if reason else "",
                error=why_held(job, reason) if reason else "",
                audio_hash=digest,
                track=planned.effective.track,
                backend=planned.backend.name,
                voice=planned.voice.name,
                settings=planned.settings | wish.as_settings(),
                settings_hash=planned.settings_hash,
                frames=planned.take.frames,
                sample_rate=planned.take.sample_rate,
                channels=planned.take.channels,
            )
        )
        if not explicit:
            self._context.ledger.supersede(job.path, job.id, MANY)
        if reason and self._holds:
            self._holds.held(ready)
        return ready

    def _put_off(self, error: TakevoiceError) -> None:
        """Raises RetryLater for what will be well again without a word about this file."""
        if isinstance(error, LedgerError):
            raise RetryLater from error
        if isinstance(error, BackendError) and error.blocks and self._context.patient:
            loaded, plugins = self._context.loaded, self._context.plugins
            self._context.closed.close(
                choose_backend(loaded.settings.backend, plugins.backends()).name, error
            )
            raise RetryLater from error

    def finished(self, path: Path, wish: JobOptions) -> Job | None:
        """The job that has done for this file what is asked for now, if its result is still there."""
        planned = self._plan(path, wish)
        jobs = self._done_already(path, audio.audio_hash(planned.take), planned.settings_hash)
        return next((job for job in jobs if job.output is not None and job.output.exists()), None)

    def _plan(self, path: Path, wish: JobOptions) -> Plan:
        context = self._context
        return plan(context.loaded, context.plugins, path, wish, context.ledger.track_settings)

    def is_ours(self, path: Path) -> bool:
        """True when the file is one of our own results; raises AudioError or StorageError when it cannot be read."""
        take = audio.inspect(path)
        return bool(self._known_as_ours(take, audio.audio_hash(take)))

    def outputs_among(self, paths: Sequence[Path]) -> set[Path]:
        """The files whose names alone say that they were made from takes beside them."""
        backends = [backend.name for backend in self._context.plugins.backends() if not backend.paid]
        voices = {voice.name for name in backends for voice in self._context.plugins.voices(name)}
        # Looked up once: a large ledger takes its time for it.
        self._voices = self._voices or self._context.ledger.voices_used()
        return {path for path in paths if self._looks_like_output(path, voices | self._voices)}

    def _looks_like_output(self, path: Path, voices: Collection[str]) -> bool:
        watch = watch_of(self._context.loaded, path)
        effective = resolve(
            self._context.loaded, watch, track_from_name(path.stem, watch.track if watch else None), {}
        )
        original = original_name(path.name, effective["output_name"], voices)
        return original is not None and sibling_exists(path, original)

    def _known_as_ours(self, take: Take, digest: str) -> str:
        """How the file is known as one of our own results; empty when it is not."""
        if audio.has_provenance(take):
            return "it carries our mark"
        if self._context.ledger.was_take(take.path, digest):
            return ""  # a backend that gave back the very same audio
        if self._context.ledger.is_output(digest):
            return "the ledger knows its audio"
        return "by its name" if self.outputs_among([take.path]) else ""

    def _done_already(self, path: Path, digest: str, key: str) -> list[Job]:
        return [job for job in self._context.ledger.done_with(digest, key) if job.path == path]

    def _drop(self, job: Job, verdict: str, why: str, instead: Job | None = None) -> None:
        log.info("%s is left alone: %s", printable(job.path), why)
        self._context.drop(job, look(job.path), verdict, why, instead)


class RetryLater(Exception):
    """The file cannot be taken up now, for a reason that has nothing to do with it."""


class FileChanged(AudioError):
    """The file has been written to again: it will settle again."""

    code = "changed"
