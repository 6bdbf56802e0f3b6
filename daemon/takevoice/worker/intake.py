"""From a finished file to a queued job: is it a take at all, has it been done, which settings hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.errors import AudioError, TakevoiceError, one_line
from takevoice.jobs import Job, State, Take
from takevoice.settings import (
    Effective,
    Watch,
    is_output_name,
    request_for,
    resolve,
    settings_hash,
    track_from_name,
    watch_root,
)
from takevoice.voices import Backend, Voice, find_voice
from takevoice.watch import look
from takevoice.worker.backends import choose_backend
from takevoice.worker.context import Context, log


@dataclass(frozen=True)
class Wish:
    """What came with an explicit request for a file."""

    track: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    out: Path | None = None
    again: bool = False  # convert even if the same result is there already

    def as_settings(self) -> dict[str, Any]:
        """What the ledger keeps of it, so that a retry asks for the same."""
        kept = {
            "wish_track": self.track,
            "wish_overrides": dict(self.overrides),
            "out": self.out and str(self.out),
        }
        return {key: value for key, value in kept.items() if value}

    @staticmethod
    def of(job: Job, *, again: bool) -> Wish:
        """The wish that a job was made with."""
        out = job.settings.get("out")
        return Wish(
            job.settings.get("wish_track"),
            job.settings.get("wish_overrides", {}),
            Path(out) if out else None,
            again,
        )


@dataclass(frozen=True)
class Plan:
    """Everything decided about a take before it is converted."""

    take: Take
    effective: Effective
    backend: Backend
    voice: Voice

    @property
    def settings(self) -> dict[str, Any]:
        """The settings as the ledger stores them."""
        return {**self.effective.values, "voice_id": self.voice.id}

    @property
    def settings_hash(self) -> str:
        """Identifies the conversion."""
        return settings_hash(self.backend.name, request_for(self.effective.values, self.voice.id))


class Intake:
    """Decides about files, one at a time; used from several threads."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def watch_of(self, path: Path) -> Watch | None:
        """The [[watch]] table whose folder the file is in; the innermost."""
        loaded = self._context.loaded
        roots = [(watch_root(watch, loaded.path), watch) for watch in loaded.settings.watch]
        inside = [(len(root.parts), watch) for root, watch in roots if root in path.parents]
        return max(inside, key=lambda item: item[0], default=(0, None))[1]

    def effective(self, take: Take, wish: Wish) -> Effective:
        """The settings in force for a take, each with its source."""
        watch = self.watch_of(take.path)
        track = wish.track or self._context.plugins.track_name(take.path, take)
        if track is None:
            track = track_from_name(take.path.stem, watch.track if watch else None)
        return resolve(self._context.loaded, watch, track, wish.overrides)

    def plan(self, path: Path, wish: Wish) -> Plan:
        """Reads the file and decides its settings, backend and voice.

        Raises:
            TakevoiceError: it cannot be converted, or not like this.
        """
        take = audio.inspect(path)
        effective = self.effective(take, wish)
        backend = choose_backend(self._context.loaded.settings.backend, self._context.plugins.backends())
        voice = find_voice(effective["voice"], self._context.plugins.voices(backend.name), backend.name)
        request_for(effective.values, voice.id)
        return Plan(take, effective, backend, voice)

    def take_up(self, job: Job, wish: Wish | None = None) -> Job | None:
        """Queues the job, fails it, or takes it back (None): then its file is none of our business.

        `wish` comes with an explicit request: nothing is refused then, but what has been done is not done again.
        """
        explicit, wish = wish is not None, wish or Wish()
        before = look(job.path)
        try:
            if not explicit and not self._context.plugins.accept_file(job.path):
                self._drop(job, "refused", "a plugin refuses it")
                return None
            plan = self.plan(job.path, wish)
            digest = audio.audio_hash(plan.take)
            if not explicit:
                ours = self._ours(plan, digest)
                if ours:
                    self._drop(job, "ours", f"it is a converted take already ({ours})")
                    return None
                if not plan.effective["enabled"]:
                    self._drop(job, "refused", f"the track {plan.effective.track} is not enabled")
                    return None
        except TakevoiceError as error:
            text = str(error) if error.where else f"{job.path}: {error}"
            return self._context.tell(
                self._context.ledger.finish_looking(
                    job.id, State.FAILED, before, error_code=error.code, error=text
                )
            )
        if look(job.path) != before:
            raise ChangedMeanwhile("has changed while it was read", where=str(job.path))
        if not wish.again and self._done_already(job.path, digest, plan.settings_hash):
            self._drop(job, "known", "it is converted already")
            return None
        return self._context.tell(
            self._context.ledger.finish_looking(
                job.id,
                State.QUEUED,
                before,
                audio_hash=digest,
                track=plan.effective.track,
                backend=plan.backend.name,
                voice=plan.voice.name,
                settings=plan.settings | wish.as_settings(),
                settings_hash=plan.settings_hash,
                frames=plan.take.frames,
                sample_rate=plan.take.sample_rate,
                channels=plan.take.channels,
            )
        )

    def finished(self, path: Path, wish: Wish) -> Job | None:
        """The job that has done for this file what is asked for now, if its result is still there."""
        plan = self.plan(path, wish)
        jobs = self._done_already(path, audio.audio_hash(plan.take), plan.settings_hash)
        return next((job for job in jobs if job.output is not None and job.output.exists()), None)

    def looks_like_output(self, path: Path) -> bool:
        """True when the file's name alone says that it was made from a take beside it."""
        watch = self.watch_of(path)
        effective = resolve(
            self._context.loaded, watch, track_from_name(path.stem, watch.track if watch else None), {}
        )
        try:
            siblings = [entry.name for entry in path.parent.iterdir() if entry != path]
        except OSError:
            return False
        backends = [backend.name for backend in self._context.plugins.backends() if not backend.paid]
        voices = {voice.name for name in backends for voice in self._context.plugins.voices(name)}
        return is_output_name(
            path.name, siblings, effective["output_name"], voices | self._context.ledger.voices_used()
        )

    def _ours(self, plan: Plan, digest: str) -> str:
        """How the file is known as one of our own results; empty when it is not."""
        if self._context.ledger.is_output(digest):
            return "the ledger knows its audio"
        if audio.has_mark(plan.take):
            return "it carries our mark"
        return "by its name" if self.looks_like_output(plan.take.path) else ""

    def _done_already(self, path: Path, digest: str, key: str) -> list[Job]:
        return [job for job in self._context.ledger.done_with(digest, key) if job.path == path]

    def _drop(self, job: Job, verdict: str, why: str) -> None:
        log.info("%s is left alone: %s", one_line(job.path), why)
        self._context.ledger.drop(job.id, path=job.path, fingerprint=look(job.path), verdict=verdict)


class ChangedMeanwhile(AudioError):
    """The file has been written to again: it will settle again."""

    code = "changed"
