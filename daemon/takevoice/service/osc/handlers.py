"""What each OSC address does."""

from __future__ import annotations

import logging
import math
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from takevoice.files import check_local
from takevoice.jobs import ACTIVE, Job, JobOptions, State
from takevoice.osc.arguments import RequestRejected, position, text
from takevoice.osc.packets import build
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer
from takevoice.osc.subscriptions import LEASE
from takevoice.pipeline import decisions
from takevoice.service.environment import Environment
from takevoice.service.loading import load_audio
from takevoice.service.osc import allowed_paths
from takevoice.service.osc.acceptance import Acceptance
from takevoice.service.osc.replies import Replies, job_values
from takevoice.service.session import Session
from takevoice.settings import check_overrides, osc_folders, watch_root
from takevoice.system.fileid import version_of
from takevoice.version import __version__

log = logging.getLogger("takevoice")


class OscHandlers:
    """One method for each address; called in one thread."""

    def __init__(
        self,
        environment: Environment,
        session: Session,
        replies: Replies,
        acceptance: Acceptance,
        announce: Callable[[Path], None],
    ) -> None:
        self._environment, self._replies, self._acceptance = environment, replies, acceptance
        self._ledger, self._events, self._planner = session.ledger, session.events, session.planner
        self._pool, self._poller, self._silent = session.pool, session.poller, session.silent
        self._breaker, self._pacing, self._problems = session.breaker, session.pacing, session.problems
        self._owner, self._announce, self._plan_again = session.owner, announce, session.plan_again
        self._server: OscServer | None = None

    def by_address(self) -> Mapping[str, Callable[[OscRequest], None]]:
        """Return the handler of each address."""
        return {
            "/takevoice/convert": self.convert,
            "/takevoice/rendered": self.rendered,
            "/takevoice/quote": self.quote,
            "/takevoice/cancel": self.cancel,
            "/takevoice/retry": self.retry,
            "/takevoice/track/set": self.track_set,
            "/takevoice/track/get": self.track_get,
            "/takevoice/subscribe": self.subscribe,
            "/takevoice/pause": self.pause,
            "/takevoice/resume": self.resume,
            "/takevoice/status": self.status,
            "/takevoice/version": self.version,
            "/takevoice/sync": self._acceptance.sync,
        }

    def use(self, server: OscServer) -> None:
        """Use this server for subscriptions."""
        self._server = server

    def convert(self, request: OscRequest) -> None:
        """Create a job for a file; the request is accepted once the job is in the ledger."""
        path = self._file(request)
        options = self._options(dict(request.pairs))
        self._check_id(request, path)
        self._replies.remember(request)
        job = self._ledger.requests.create_job(
            request.id, path, origin="osc", owner=self._owner, options=options
        )
        self._acceptance.add(request, path, job)

    def rendered(self, request: OscRequest) -> None:
        """Skip the quiet period of a file in a watched folder; the file's next job answers the request."""
        path = self._file(request)
        loaded, ledger = self._environment.config.loaded, self._ledger
        if not any(watch_root(watch, loaded.path) in path.parents for watch in loaded.settings.watch):
            raise RequestRejected(
                "not_watched",
                "is in no watched folder",
                where=str(path),
                hint="send /takevoice/convert for it",
            )
        earlier = self._check_id(request, path)
        known = ledger.files.known(path)
        same = known is not None and known.version.is_same(version_of(path), after_mount=True)
        job = earlier or ledger.jobs.newest(path)
        if same and known is not None and known.job is None and earlier is None:
            raise RequestRejected("left_alone", f"is not a take to convert: {known.disposition}", where=str(path))
        request.ok()
        self._replies.remember(request)
        if job is not None and (earlier or same or not job.state.final):
            ledger.requests.attach(request.id, job.id)
            self._replies.accept(request.id, ledger.jobs.get(job.id))
        else:
            self._replies.await_file(path, request.id)
        self._announce(path)

    def quote(self, request: OscRequest) -> None:
        """Reply with a file's duration and price; nothing is sent or stored."""
        path = self._file(request)
        check_local(path)
        load_audio()
        draft = self._planner.draft(path, JobOptions())
        request.reply("/takevoice/quoted", round(draft.take.seconds, 3), math.ceil(self._planner.credits(draft)))

    def cancel(self, request: OscRequest) -> None:
        """Cancel a job: at once when it waits, within a moment when it is under way."""
        job = decisions.cancel(self._ledger, request.arguments["job"])
        if job.state is State.CANCELLED:
            self._events.changed(job)
        self._poller.wake()
        request.ok()

    def retry(self, request: OscRequest) -> None:
        """Start a job again from its beginning."""
        job = decisions.retry(self._ledger, request.arguments["job"], self._owner)
        self._events.changed(job)
        request.ok()
        self._poller.wake()

    def track_set(self, request: OscRequest) -> None:
        """Keep a track's setting in the ledger, above the config."""
        key, given = request.arguments["key"], request.arguments.get("value")
        # An unknown key is an error when it is unset too.
        checked = check_overrides({key: given}, request.address)
        track = unicodedata.normalize("NFC", request.arguments["track"])
        self._ledger.tracks.set(track, key, checked.get(key))
        self._plan_again()
        request.ok()

    def track_get(self, request: OscRequest) -> None:
        """Reply with the settings in force for a track, wherever they were set; empty text is the backend's default."""
        key = request.arguments.get("key")
        effective = self._planner.settings_of_track(request.arguments["track"])
        if key is not None:
            check_overrides({key: None}, request.address)
        settings = effective.settings.as_dict()
        keys = [key] if key else list(settings)
        values = [(name, _as_argument(settings[name])) for name in keys]
        request.reply_all("/takevoice/track", [effective.track], values)

    def subscribe(self, request: OscRequest) -> None:
        """Send every job's changes from now on; those of unfinished jobs at once."""
        assert self._server is not None
        port, seconds = request.arguments.get("port", 0), request.arguments.get("seconds", LEASE)
        peer = request.peer.at(port) if port else request.peer
        if not self._server.subscribe(peer, request.id, seconds):
            raise RequestRejected("busy", "there are too many subscribers")
        request.ok()
        for job in self._ledger.jobs.select(ACTIVE) if seconds else ():
            peer.send(build("/takevoice/job", request.id, *job_values(job)))

    def pause(self, request: OscRequest) -> None:
        """Start no more conversions; those under way are finished."""
        self._pool.paused.set()
        log.warning("paused over OSC: takes stay queued until /takevoice/resume")
        request.ok()

    def resume(self, request: OscRequest) -> None:
        """Start conversions again."""
        self._pool.paused.clear()
        log.info("resumed over OSC")
        self._breaker.reset()
        self._pacing.try_now()
        self._pool.wake()
        request.ok()

    def status(self, request: OscRequest) -> None:
        """Reply with the number of jobs of each kind, what they wait for, and the watched folders that do not answer."""
        counts = self._ledger.jobs.counts()

        def of(*states: State) -> int:
            return sum(counts.get(state, 0) for state in states)

        request.reply(
            "/takevoice/status",
            "paused" if self._pool.paused.is_set() else "running",
            of(State.FOUND, State.SETTLING, State.QUEUED),
            of(State.CONVERTING, State.RESTORING),
            of(State.DONE),
            of(State.FAILED),
            of(State.HELD),
            "; ".join(self._problems.texts()),
            *map(str, self._silent),
        )

    def version(self, request: OscRequest) -> None:
        """Reply with takevoice's version."""
        request.reply("/takevoice/version", __version__)

    # What they share.

    def _folders(self) -> list[Path]:
        return [*osc_folders(self._environment.config.loaded), self._environment.state.handover]

    def _file(self, request: OscRequest) -> Path:
        return allowed_paths.file(request.arguments["path"], self._folders(), self._silent.covers)

    def _options(self, pairs: dict[str, Any]) -> JobOptions:
        track, start, out = (pairs.pop(name, None) for name in ("track", "start", "out"))
        place = allowed_paths.place(text(out, "out"), self._folders(), self._silent.covers) if out else None
        return JobOptions(
            track=text(track, "track") if track is not None else None,
            overrides=check_overrides(pairs, "/takevoice/convert"),
            output=place,
            start="" if start is None else position(start, "start"),
        )

    def _check_id(self, request: OscRequest, path: Path) -> Job | None:
        """Return the job that answers the request already; raises RequestRejected when it is for another file."""
        earlier = self._ledger.requests.job(request.id)
        if earlier is not None and earlier.path != path:
            raise RequestRejected(
                "id_in_use",
                f"the request id {request.id} belongs to job {earlier.id}, for another file",
                hint="give each request an id of its own",
            )
        return earlier


def _as_argument(value: Any) -> Any:
    """Return a setting as one OSC argument: a list as text, with commas between its parts."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else value
