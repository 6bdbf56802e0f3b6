"""What clients can ask the daemon for, once for every way of asking: OSC messages and request files.

A verb returns what its reply says, by name, and raises a TakevoiceError where it is refused.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from takevoice import audio
from takevoice.errors import TakevoiceError, WrongState, printable
from takevoice.files import check_local
from takevoice.jobs import Job, JobOptions, State
from takevoice.osc.arguments import RequestRejected
from takevoice.pipeline.planning import Draft
from takevoice.service.candidate_rows import CandidateRow
from takevoice.service.environment import Environment
from takevoice.service.loading import load_audio
from takevoice.service.office import Office
from takevoice.service.request_ends import RequestEnds
from takevoice.service.session import Session
from takevoice.service.watched_roots import roots
from takevoice.settings import check_overrides, is_glob
from takevoice.system.fileid import version_of
from takevoice.version import __version__
from takevoice.voices import Backend, Voice
from takevoice.watch import is_skipped, owner_of

log = logging.getLogger("takevoice")

Announce = Callable[[Path, str], None]
"""Is called with a file in a watched folder whose writer says that it is complete, and the track that it named; "" for none."""


class Verbs:
    """One method for each verb; used from several threads."""

    def __init__(self, environment: Environment, session: Session, ends: RequestEnds, office: Office) -> None:
        self._environment, self._session, self._ends, self._office = environment, session, ends, office
        self._ledger, self._events, self._planner = session.ledger, session.events, session.planner

    # Jobs.

    def check_id(self, request_id: str, path: Path) -> Job | None:
        """Return the job that answers the request already; raises RequestRejected when it is for another file."""
        earlier = self._ledger.requests.job(request_id)
        if earlier is not None and earlier.path != path:
            raise id_in_use(request_id, earlier)
        return earlier

    def is_same_request(self, request_id: str, job: Job, options: JobOptions) -> bool:
        """Return False if a job was asked for with this id for another track, or with other settings.

        Where the result goes is not compared; nor is what a person has decided otherwise since, or a job that another
        request has asked for.
        """
        first = next(iter(self._ledger.requests.ids(job.id)), request_id)
        if job.origin != "osc" or job.attempt > 1 or first != request_id:
            return True
        return _asked(job.options) == _asked(options)

    def begin(self, job: Job) -> None:
        """Publish a new job, and have it taken up now."""
        self._events.changed(job)
        self._session.poller.wake()

    def cancel(self, job_id: int) -> None:
        """Cancel a job: at once when it waits, within a moment when it is under way."""
        self._office.cancel(job_id)

    def retry(self, job_id: int, request_id: str) -> None:
        """Start a job again from its beginning, once for each request."""
        self._once(request_id, "retry", job_id, self._office.retry)

    def release(self, job_id: int, request_id: str) -> None:
        """Let a held job continue in spite of what it is held for, once for each request."""
        self._once(request_id, "release", job_id, self._office.release)

    def drop(self, job_id: int) -> None:
        """End a held job and leave its take unconverted."""
        self._office.drop(job_id)

    def forget(self, job_id: int) -> None:
        """Take a job that came to nothing off the list."""
        self._office.forget(job_id)

    def pick(self, job_id: int, chosen_at: float | None = None) -> None:
        """Make a candidate the result of its take, unless a person has picked one after the Unix time `chosen_at`."""
        if chosen_at is None or not self._office.candidates.is_picked_since(job_id, chosen_at):
            self._office.candidates.pick(job_id, "script")

    def candidates(self, job_id: int) -> Sequence[CandidateRow]:
        """Return the candidates of a take, by its job or that of one of them; raises UnknownJob."""
        return self._office.candidates.of(job_id)

    def is_paid(self, job_id: int) -> bool:
        """Return True when converting a job may cost money; raises UnknownJob."""
        job = self._ledger.jobs.get(job_id)
        try:
            backend = self._planner.backend_named(job.backend) if job.backend else self._planner.backend()
        except TakevoiceError:
            return True  # unknown
        return backend is None or backend.paid

    def _once(self, request_id: str, verb: str, job_id: int, decide: Callable[[int], Job]) -> None:
        """Decide what may be paid for, unless this very request has: a client that misses the reply sends it again."""
        if not self._ledger.requests.begin_decision(request_id, verb, job_id):
            log.info("job %s: %s was requested with the id %s before; nothing is started again", job_id, verb, printable(request_id))
            return
        try:
            decide(job_id)
        except Exception:
            self._ledger.requests.withdraw_decision(request_id, verb, job_id)
            raise

    # Files.

    def check_rendered(self, request_id: str, path: Path, track: str = "") -> Job | None:
        """Return the job that answers the report that a file in a watched folder is complete; None: its next job will.

        Raises:
            RequestRejected: the file is in no watched folder, or is not converted, or the id is another file's.
            WrongState: it is converted already, and not as a take of `track`.
        """
        ledger = self._ledger
        self._check_is_looked_at(path)
        earlier = self.check_id(request_id, path)
        known = ledger.files.known(path)
        same = known is not None and known.version.is_same(version_of(path), after_mount=True)
        if same and known is not None and known.job is None and earlier is None:
            raise RequestRejected("left_alone", f"is not a take to convert: {known.disposition}", where=str(path))
        job = earlier or ledger.jobs.newest(path)
        if job is None or not (earlier or same or not job.state.final):
            return None
        if track and track != job.track and not is_planned_later(job):
            raise WrongState(
                f"job {job.id} is {job.state}, as a take of the track {job.track}",
                where=str(path),
                hint=f"send /takevoice/convert with the pair track, {track}",
            )
        return job

    def _check_is_looked_at(self, path: Path) -> None:
        """Raise RequestRejected for a file that no watched folder has, or that is skipped there."""
        root = owner_of(path, roots(self._environment.config.loaded))
        if root is None:
            raise RequestRejected(
                "not_watched",
                "is in no watched folder",
                where=str(path),
                hint="send /takevoice/convert for it",
            )
        if is_skipped(path, root, audio.watched_suffixes() | root.suffixes, (self._environment.state.path,)):
            raise RequestRejected(
                "left_alone",
                "is skipped in watched folders because of its name or its folder",
                where=str(path),
                hint="send /takevoice/convert if it is a take",
            )

    def answer_rendered(self, request_id: str, path: Path, job: Job | None) -> None:
        """Answer the report with what `check_rendered` returned."""
        if job is None:
            self._ends.await_file(path, request_id)
            return
        self._ledger.requests.attach(request_id, job.id)
        self._ends.accept(request_id, self._ledger.jobs.get(job.id))

    def quote(self, path: Path, options: JobOptions) -> tuple[float, int]:
        """Return a file's duration in seconds and its price in credits; nothing is sent or stored."""
        return self._price(self._draft(path, options))

    def quote_with_voice(self, path: Path, options: JobOptions) -> tuple[float, int]:
        """Do the same, but raise UnknownVoice if the backend has no such voice, wherever it was set; this may need the network."""
        draft = self._draft(path, options)
        self._planner.check_voice(draft.settings.voice)
        return self._price(draft)

    def _draft(self, path: Path, options: JobOptions) -> Draft:
        check_local(path)
        load_audio()
        return self._planner.draft(path, options)

    def _price(self, draft: Draft) -> tuple[float, int]:
        return round(draft.take.seconds, 3), math.ceil(self._planner.credits(draft))

    # Voices.

    def voices(self) -> tuple[Backend, Sequence[Voice]]:
        """Return the backend and its voices; this may need the network.

        Raises:
            BackendError: no backend is ready, or it cannot list its voices.
        """
        return self._office.voices()

    # Tracks.

    def track_set(self, track: str, key: str, value: Any, where: str) -> None:
        """Keep a track's setting in the ledger, above the config; None removes it. `where` is named in errors."""
        self._office.set_track(track, key, value, where)

    def track_get(self, track: str, key: str | None, where: str) -> tuple[str, Mapping[str, Any]]:
        """Return a track's name and its settings in force, or the one of that key, wherever they were set."""
        effective = self._planner.settings_of_track(track)
        if key is not None:
            check_overrides({key: None}, where)
        settings = effective.settings.as_dict()
        return effective.track, {name: settings[name] for name in ([key] if key else settings)}

    def tracks(self) -> Sequence[str]:
        """Return the tracks of all jobs, of the config, and those that something was set for, by name."""
        in_config = (name for name in self._environment.config.settings.tracks if not is_glob(name))
        return sorted({*in_config, *self._ledger.tracks.names()})

    # The daemon.

    def pause(self) -> None:
        """Start no more conversions; those under way are finished."""
        self._office.pause()

    def is_paused(self) -> bool:
        """Return True while no conversions are started."""
        return self._office.is_paused()

    def resume(self) -> None:
        """Start conversions again."""
        self._office.resume()

    def status(self) -> tuple[Mapping[str, str | int], Sequence[str]]:
        """Return the number of jobs of each kind and what they wait for, and the watched folders that do not answer."""
        counts = self._office.counts()

        def of(*states: State) -> int:
            return sum(counts.get(state, 0) for state in states)

        values: dict[str, str | int] = {
            "state": "paused" if self.is_paused() else "running",
            "waiting": of(State.FOUND, State.SETTLING, State.QUEUED),
            "converting": of(State.CONVERTING, State.RESTORING),
            "done": of(State.DONE),
            "failed": of(State.FAILED),
            "held": of(State.HELD),
            "problem": "; ".join(self._session.problems.texts()),
        }
        return values, [str(folder) for folder in self._session.silent]

    def version(self) -> str:
        """Return takevoice's version."""
        return __version__


def _asked(options: JobOptions) -> str:
    """Return what was asked for of a job's result, in a form that is the same before and after it is stored."""
    return json.dumps([options.track, dict(options.overrides)], sort_keys=True)


def is_planned_later(job: Job | None) -> bool:
    """Return True while the settings of a file's job are open: it is not found yet, or settles."""
    return job is None or job.state in (State.FOUND, State.SETTLING)


def id_in_use(request_id: str, job: Job) -> RequestRejected:
    """Return the error to raise for a request whose id is that of an earlier one for something else."""
    return RequestRejected(
        "id_in_use",
        f"the request id {request_id} belongs to job {job.id}, for another request",
        hint="give each request an id of its own",
    )
