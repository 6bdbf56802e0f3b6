"""What each OSC address does: it reads the arguments, has the verb done, and replies."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from takevoice.jobs import ACTIVE, JobOptions, State
from takevoice.osc.addresses import PAUSED
from takevoice.osc.arguments import RequestRejected, position, text
from takevoice.osc.packets import build
from takevoice.osc.routes import OscRequest
from takevoice.osc.server import OscServer
from takevoice.osc.subscriptions import LEASE
from takevoice.service.environment import Environment
from takevoice.service.osc import allowed_paths
from takevoice.service.osc.acceptance import Acceptance
from takevoice.service.osc.feedback import Feedback
from takevoice.service.osc.lists import Lists
from takevoice.service.osc.replies import Replies, candidate_values, job_values
from takevoice.service.osc.values import Values
from takevoice.service.session import Session
from takevoice.service.verbs import Announce, Verbs, is_planned_later
from takevoice.settings import osc_folders, request_overrides


class OscHandlers:
    """One method for each address; called in one thread."""

    def __init__(
        self,
        environment: Environment,
        session: Session,
        verbs: Verbs,
        replies: Replies,
        acceptance: Acceptance,
        feedback: Feedback,
        announce: Announce,
        look: Callable[[Callable[[], None]], None],
    ) -> None:
        """`look` looks for request files, and then calls what it is given."""
        self._environment, self._verbs = environment, verbs
        self._replies, self._acceptance = replies, acceptance
        self._ledger, self._silent, self._owner = session.ledger, session.silent, session.owner
        self._announce, self._look = announce, look
        self._feedback, self._values = feedback, Values(verbs, feedback)
        self._lists = Lists(session.ledger, session.planner, verbs)
        self._server: OscServer | None = None

    def by_address(self) -> Mapping[str, Callable[[OscRequest], None]]:
        """Return the handler of each address."""
        return {
            "/takevoice/convert": self.convert,
            "/takevoice/rendered": self.rendered,
            "/takevoice/quote": self.quote,
            "/takevoice/cancel": self.cancel,
            "/takevoice/retry": self.retry,
            "/takevoice/candidates": self.candidates,
            "/takevoice/pick": self.pick,
            "/takevoice/release": self.release,
            "/takevoice/drop": self.drop,
            "/takevoice/forget": self.forget,
            "/takevoice/track/set": self.track_set,
            "/takevoice/track/get": self.track_get,
            "/takevoice/subscribe": self.subscribe,
            "/takevoice/track/TRACK/KEY": self._values.track,
            "/takevoice/paused": self._values.paused,
            "/takevoice/jobs": self._lists.jobs,
            "/takevoice/held": self._lists.held,
            "/takevoice/voices": self._lists.voices,
            "/takevoice/tracks": self._lists.tracks,
            "/takevoice/ping": self.ping,
            "/takevoice/pause": self.pause,
            "/takevoice/resume": self.resume,
            "/takevoice/status": self.status,
            "/takevoice/version": self.version,
            "/takevoice/sync": self.sync,
        }

    def stop(self) -> None:
        """Answer no more slow requests."""
        self._lists.stop()

    def use(self, server: OscServer) -> None:
        """Use this server for subscriptions."""
        self._server = server

    def convert(self, request: OscRequest) -> None:
        """Create a job for a file; the request is accepted once the job is in the ledger."""
        path = self._file(request)
        options = self._options(dict(request.pairs))
        self._verbs.check_id(request.id, path)
        self._replies.remember(request)
        job = self._ledger.requests.create_job(
            request.id, path, origin="osc", owner=self._owner, options=options
        )
        self._acceptance.add(request, path, options, job)

    def rendered(self, request: OscRequest) -> None:
        """Skip the quiet period of a file in a watched folder; the file's next job answers the request."""
        path, track = self._file(request), request.arguments.get("track", "")
        job = self._verbs.check_rendered(request.id, path, track)
        request.ok()
        self._replies.remember(request)
        self._verbs.answer_rendered(request.id, path, job)
        self._announce(path, track if is_planned_later(job) else "")

    def quote(self, request: OscRequest) -> None:
        """Reply with a file's duration and price."""
        request.reply("/takevoice/quoted", *self._verbs.quote(self._file(request), JobOptions()))

    def cancel(self, request: OscRequest) -> None:
        """Cancel a job."""
        self._verbs.cancel(request.arguments["job"])
        request.ok()

    def retry(self, request: OscRequest) -> None:
        """Start a job again from its beginning."""
        job = request.arguments["job"]
        if self._ledger.jobs.get(job).state is State.HELD:
            self._check_release(request)
        self._verbs.retry(job, request.id)
        request.ok()

    def release(self, request: OscRequest) -> None:
        """Let a held job continue."""
        self._check_release(request)
        self._verbs.release(request.arguments["job"], request.id)
        request.ok()

    def drop(self, request: OscRequest) -> None:
        """End a held job."""
        self._verbs.drop(request.arguments["job"])
        request.ok()

    def forget(self, request: OscRequest) -> None:
        """Take a job off the list."""
        self._verbs.forget(request.arguments["job"])
        request.ok()

    def candidates(self, request: OscRequest) -> None:
        """Reply with the candidates of a take, one message for each."""
        rows = self._verbs.candidates(request.arguments["job"])
        for row in rows:
            request.reply("/takevoice/candidate", *candidate_values(row))
        request.reply("/takevoice/end", "candidates", "", len(rows))

    def pick(self, request: OscRequest) -> None:
        """Make a candidate the result of its take."""
        self._verbs.pick(request.arguments["job"])
        request.ok()

    def track_set(self, request: OscRequest) -> None:
        """Keep a track's setting in the ledger."""
        given = request.arguments
        self._verbs.track_set(given["track"], given["key"], given.get("value"), request.address)
        request.ok()

    def track_get(self, request: OscRequest) -> None:
        """Reply with the settings in force for a track; empty text is the backend's default."""
        given = request.arguments
        track, settings = self._verbs.track_get(given["track"], given.get("key"), request.address)
        values = [(name, _as_argument(value)) for name, value in settings.items()]
        request.reply_all("/takevoice/track", [track], values)

    def subscribe(self, request: OscRequest) -> None:
        """Send every job's changes from now on; those of unfinished jobs at once."""
        assert self._server is not None
        port, seconds = request.arguments.get("port", 0), request.arguments.get("seconds", LEASE)
        if seconds:
            self._feedback.watch()
        peer = request.peer.at(port) if port else request.peer
        if not self._server.subscribe(peer, request.id, seconds):
            raise RequestRejected("busy", "there are too many subscribers")
        request.ok()
        if seconds:
            peer.send(build(PAUSED, int(self._verbs.is_paused())))
        for job in self._ledger.jobs.select(ACTIVE) if seconds else ():
            peer.send(build("/takevoice/job", request.id, *job_values(job)))

    def pause(self, request: OscRequest) -> None:
        """Start no more conversions."""
        self._verbs.pause()
        request.ok()

    def resume(self, request: OscRequest) -> None:
        """Start conversions again."""
        self._verbs.resume()
        request.ok()

    def status(self, request: OscRequest) -> None:
        """Reply with the number of jobs of each kind, what they wait for, and the watched folders that do not answer."""
        values, silent = self._verbs.status()
        request.reply("/takevoice/status", *values.values(), *silent)

    def ping(self, request: OscRequest) -> None:
        """Reply at once."""
        request.ok()

    def version(self, request: OscRequest) -> None:
        """Reply with takevoice's version."""
        request.reply("/takevoice/version", self._verbs.version())

    def sync(self, request: OscRequest) -> None:
        """Reply after every earlier request, those in request files included."""
        self._look(lambda: self._acceptance.sync(request))

    # What they share.

    def _check_release(self, request: OscRequest) -> None:
        """Raise RequestRejected (not_allowed) where a client on another machine would spend money that it must not."""
        job = request.arguments["job"]
        if request.peer.is_local or self._environment.config.settings.osc.remote_release or not self._verbs.is_paid(job):
            return
        raise RequestRejected(
            "not_allowed",
            f"job {job} may cost money, and this client is on another machine",
            hint=f"`takevoice release {job}` on the machine of takevoice, or [osc] remote_release = true in its config",
        )

    def _folders(self) -> list[Path]:
        return [*osc_folders(self._environment.config.loaded), self._environment.state.handover]

    def _file(self, request: OscRequest) -> Path:
        return allowed_paths.file(request.arguments["path"], self._folders(), self._silent.covers)

    def _options(self, pairs: dict[str, Any]) -> JobOptions:
        track, start, out = (pairs.pop(name, None) for name in ("track", "start", "out"))
        place = allowed_paths.place(text(out, "out"), self._folders(), self._silent.covers) if out else None
        return JobOptions(
            track=text(track, "track") if track is not None else None,
            overrides=request_overrides(pairs, "/takevoice/convert"),
            output=place,
            start="" if start is None else position(start, "start"),
        )


def _as_argument(value: Any) -> Any:
    """Return a setting as one OSC argument: a list as text, with commas between its parts, variations as JSON."""
    if isinstance(value, tuple) and any(isinstance(each, Mapping) for each in value):
        return json.dumps(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else value
