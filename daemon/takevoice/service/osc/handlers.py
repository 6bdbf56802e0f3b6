"""What each OSC address does: requests become jobs, settings of tracks, and answers."""

from __future__ import annotations

import json
import logging
import math
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from takevoice import audio
from takevoice.backends import choose_backend
from takevoice.errors import TakevoiceError
from takevoice.jobs import ACTIVE, Job, State
from takevoice.osc.addresses import ADDRESSES
from takevoice.osc.arguments import RequestRejected, position, text
from takevoice.osc.packets import build
from takevoice.osc.routes import OscRequest, OscRoutes
from takevoice.osc.server import OscServer
from takevoice.osc.subscriptions import LEASE
from takevoice.pipeline.charges import credits_for, lanes_of
from takevoice.pipeline.planning import JobOptions, effective_settings
from takevoice.pipeline.services import Services
from takevoice.service.osc import allowed_paths as osc_paths
from takevoice.service.osc.replies import Answers, job_values
from takevoice.service.osc.result_files import Results
from takevoice.settings import check_overrides, osc_folders, resolve, watch_root
from takevoice.version import __version__
from takevoice.watch import look

log = logging.getLogger("takevoice")

WHERE_NAME = "osc.json"  # in the state dir: where the daemon listens, for `takevoice osc`
HANDOVER_NAME = "handover"  # in the state dir: where scripts leave audio that lies in no watched folder

_Asked = tuple[OscRequest, Path, "Future[tuple[Job, bool]]"]


class OscHandlers:
    """Serves OSC for one daemon. Requests are handled in one thread, in their order."""

    def __init__(
        self,
        context: Services,
        *,
        asked: Callable[[Job], None],
        announce: Callable[[Path], None],
        ring: Callable[[], None],
    ) -> None:
        """`asked` takes up a new job, `announce` a file that is complete, `ring` says that conversions may start."""
        self._context, self._asked, self._announce, self._ring = context, asked, announce, ring
        self._results = Results(context.state_dir)
        self._handover = context.state_dir / HANDOVER_NAME
        self._answers = Answers(context.ledger, self._results)
        context.observers.append(self._answers.job_changed)
        context.dropped.append(self._answers.dropped)
        self._accepting: SimpleQueue[_Asked | OscRequest | None] = SimpleQueue()
        self._accepter = threading.Thread(target=self._accept, name="osc-accept", daemon=True)
        self._server: OscServer | None = None

    def start(self, port: int | None = None) -> None:
        """Starts listening, at `port` if one is given; where that is impossible, says so and leaves OSC out."""
        osc = self._context.loaded.settings.osc
        server = OscServer(osc.host, osc.port if port is None else port, self.routes(), self._answers.failed)
        try:
            self._results.tidy()
            self._handover.mkdir(parents=True, exist_ok=True)
            server.start()
        except (OSError, OverflowError) as error:
            log.error(
                "OSC cannot listen on %s port %s: %s; another takevoice or another program has it, so stop that one, or choose a port with [osc] port or --osc-port; folders are watched all the same",
                osc.host,
                server.port,
                getattr(error, "strerror", None) or error,
            )
            return
        self._server = self._answers.server = server
        self._accepter.start()
        self._write_where(server)
        log.info("listening for OSC on %s port %s, UDP and TCP", server.host, server.port)

    def stop(self) -> None:
        """Handles what has come, then closes."""
        if self._server is None:
            return
        (self._context.state_dir / WHERE_NAME).unlink(missing_ok=True)
        self._server.stop()
        self._accepting.put(None)
        self._accepter.join(5)

    @property
    def port(self) -> int | None:
        """Where it listens; None when it does not."""
        return self._server.port if self._server else None

    def routes(self) -> OscRoutes:
        """Every address: the core's, then the plugins'."""
        routes = OscRoutes()
        for address in ADDRESSES:
            routes.add(address, getattr(self, address.address.removeprefix("/takevoice/").replace("/", "_")))
        self._context.plugins.register_osc(routes)
        return routes

    def _write_where(self, server: OscServer) -> None:
        path = self._context.state_dir / WHERE_NAME
        part = path.with_suffix(".part")
        try:
            part.write_text(json.dumps({"host": server.host, "port": server.port}), "ascii")
            part.replace(path)
        except OSError as error:
            log.error("%s cannot be written: %s", path, error.strerror)

    # One method for each address.

    def convert(self, request: OscRequest) -> None:
        """A job for a file; accepted once it is in the ledger."""
        path = self._file(request)
        wish = self._wish(dict(request.pairs))
        self._check_id(request, path)
        self._answers.remember(request)
        future = self._context.ledger.ask(
            request.id, path, origin="osc", runner=self._context.runner, settings=wish.as_settings()
        )
        self._accepting.put((request, path, future))

    def rendered(self, request: OscRequest) -> None:
        """The watcher need not wait; the file's next job answers."""
        path = self._file(request)
        loaded, ledger = self._context.loaded, self._context.ledger
        if not any(watch_root(watch, loaded.path) in path.parents for watch in loaded.settings.watch):
            raise RequestRejected(
                "not_watched",
                "is in no watched folder",
                where=str(path),
                hint="send /takevoice/convert for it",
            )
        earlier = self._check_id(request, path)
        known = ledger.known_file(path)
        same = known is not None and known.version == look(path)
        job = earlier or ledger.newest_job(path)
        if same and known is not None and known.job is None and earlier is None:
            raise RequestRejected("left_alone", f"is no take to convert: {known.verdict}", where=str(path))
        request.ok()
        self._answers.remember(request)
        if job is not None and (earlier or same or not job.state.final):
            ledger.answer_with(request.id, job.id)
            self._answers.accept(request.id, ledger.job(job.id))
        else:
            self._answers.await_file(path, request.id)
        self._announce(path)

    def quote(self, request: OscRequest) -> None:
        """Nothing is sent or stored."""
        take = audio.inspect(self._file(request))
        context = self._context
        backend = choose_backend(context.loaded.settings.backend, context.plugins.backends())
        settings = effective_settings(
            context.loaded, context.plugins, take, JobOptions(), context.ledger.track_settings
        )
        credits_ = credits_for(backend, take.seconds * lanes_of(settings.values, take.channels))
        request.reply("/takevoice/quoted", round(take.seconds, 3), math.ceil(credits_))

    def cancel(self, request: OscRequest) -> None:
        """At once when it waits; a job under way stops within a moment."""
        job = self._context.ledger.cancel(request.arguments["job"])
        if job.state is State.CANCELLED:
            self._context.tell(job)
        request.ok()

    def retry(self, request: OscRequest) -> None:
        """From its beginning, with the settings of now."""
        job = self._context.ledger.retry(request.arguments["job"], self._context.runner)
        self._context.tell(job)
        request.ok()
        self._asked(job)

    def track_set(self, request: OscRequest) -> None:
        """Kept in the ledger, above the config."""
        key, given = request.arguments["key"], request.arguments.get("value")
        # An unknown key is an error when it is unset too.
        checked = check_overrides({key: given}, request.address)
        track = unicodedata.normalize("NFC", request.arguments["track"])
        self._context.ledger.set_track(track, key, checked.get(key))
        request.ok()

    def track_get(self, request: OscRequest) -> None:
        """What holds for the track, wherever it was set; empty text is the backend's own choice."""
        track, key = request.arguments["track"], request.arguments.get("key")
        over_osc = self._context.ledger.track_settings
        effective = resolve(self._context.loaded, None, track, {}, over_osc=over_osc)
        if key is not None:
            check_overrides({key: None}, request.address)
        keys = [key] if key else list(effective.values)
        values = [(name, "" if effective[name] is None else effective[name]) for name in keys]
        request.reply_all("/takevoice/track", [effective.track], values)

    def subscribe(self, request: OscRequest) -> None:
        """The jobs that are not finished are told at once."""
        assert self._server is not None
        port, seconds = request.arguments.get("port", 0), request.arguments.get("seconds", LEASE)
        peer = request.peer.at(port) if port else request.peer
        if not self._server.subscribe(peer, request.id, seconds):
            raise RequestRejected("busy", "there are too many subscribers")
        request.ok()
        for job in self._context.ledger.jobs(ACTIVE) if seconds else ():
            peer.send(build("/takevoice/job", request.id, *job_values(job)))

    def pause(self, request: OscRequest) -> None:
        """What is being converted goes on."""
        self._context.paused.set()
        log.warning("paused over OSC: takes wait until /takevoice/resume")
        request.ok()

    def resume(self, request: OscRequest) -> None:
        """The queue goes on."""
        self._context.paused.clear()
        log.info("goes on, over OSC")
        self._context.closed.open()
        self._ring()
        request.ok()

    def status(self, request: OscRequest) -> None:
        """How many jobs there are."""
        counts = self._context.ledger.counts()

        def of(*states: State) -> int:
            return sum(counts.get(state, 0) for state in states)

        request.reply(
            "/takevoice/status",
            "paused" if self._context.paused.is_set() else "running",
            of(State.FOUND, State.SETTLING, State.QUEUED),
            of(State.CONVERTING, State.RESTORING),
            of(State.DONE),
            of(State.FAILED),
            of(State.HELD),
        )

    def version(self, request: OscRequest) -> None:
        """Ours."""
        request.reply("/takevoice/version", __version__)

    def sync(self, request: OscRequest) -> None:
        """Answered behind everything that waits to be accepted."""
        self._accepting.put(request)

    # What they share.

    def _folders(self) -> list[Path]:
        return [*osc_folders(self._context.loaded), self._handover]

    def _file(self, request: OscRequest) -> Path:
        return osc_paths.file(request.arguments["path"], self._folders())

    def _wish(self, pairs: dict[str, Any]) -> JobOptions:
        track, start, out = (pairs.pop(name, None) for name in ("track", "start", "out"))
        place = osc_paths.place(text(out, "out"), self._folders()) if out else None
        return JobOptions(
            track=text(track, "track") if track is not None else None,
            overrides=check_overrides(pairs, "/takevoice/convert"),
            out=place,
            start="" if start is None else position(start, "start"),
        )

    def _check_id(self, request: OscRequest, path: Path) -> Job | None:
        """The job that answers the request already; raises RequestRejected when that is another file's."""
        earlier = self._context.ledger.request(request.id)
        if earlier is not None and earlier.path != path:
            raise RequestRejected(
                "id_in_use",
                f"the request id {request.id} belongs to job {earlier.id}, another file's",
                hint="give each request an id of its own",
            )
        return earlier

    def _accept(self) -> None:
        """In a thread of its own, so that many requests share one commit of the ledger."""
        while (item := self._accepting.get()) is not None:
            try:
                if isinstance(item, OscRequest):
                    item.reply("/takevoice/synced")
                else:
                    self._accepted(*item)
            except Exception:
                log.exception("an OSC request could not be accepted")

    def _accepted(self, request: OscRequest, path: Path, future: Future[tuple[Job, bool]]) -> None:
        try:
            job, new = future.result()
        except TakevoiceError as error:
            request.fail(error.code, str(error))
            return
        if job.path != path:
            request.fail("id_in_use", f"the request id {request.id} belongs to job {job.id}, another file's")
            return
        self._answers.accept(request.id, job)
        if new:
            self._context.tell(job)
            self._asked(job)
