"""OSC for one daemon: starts and stops it, and binds each address to its handler."""

from __future__ import annotations

import errno
import json
import logging
from collections.abc import Callable

from takevoice.files import write_atomic
from takevoice.osc.addresses import ADDRESSES
from takevoice.osc.routes import OscRoutes
from takevoice.osc.server import OscServer
from takevoice.osc.track_values import track_values
from takevoice.service.candidate_rows import PickNews
from takevoice.service.environment import Environment
from takevoice.service.osc.acceptance import Acceptance
from takevoice.service.osc.feedback import Feedback
from takevoice.service.osc.foreign_changes import ForeignChanges
from takevoice.service.osc.handlers import OscHandlers
from takevoice.service.osc.publication import Publication
from takevoice.service.osc.replies import Replies
from takevoice.service.request_ends import RequestEnds
from takevoice.service.session import Session
from takevoice.service.verbs import Announce, Verbs
from takevoice.system import place

log = logging.getLogger("takevoice")

_PORT_IN_USE = "Another takevoice or another program is using the port: stop it, or choose another port with [osc] port or --osc-port"
_PORT_REFUSED = "Choose another [osc] host or port, or see `takevoice doctor`"


class OscService:
    """Serves OSC. Requests are handled in one thread, in their order."""

    def __init__(
        self,
        environment: Environment,
        session: Session,
        ends: RequestEnds,
        verbs: Verbs,
        *,
        announce: Announce,
        look: Callable[[Callable[[], None] | None], None],
    ) -> None:
        """`announce` is called with a file in a watched folder that its writer says is complete, and its track; `look` looks for request
        files, and then calls what it is given."""
        self._environment, self._state, self._look = environment, environment.state, look
        self._replies = replies = Replies(ends)
        session.events.subscribe(on_changed=replies.on_changed, on_progress=replies.on_changed)
        ends.subscribe(replies)
        session.poller.subscribe(PickNews(session.ledger, replies.on_picked).look)
        self._acceptance = Acceptance(ends, verbs)
        self._verbs, self._feedback = verbs, Feedback(verbs, session.events)
        self._foreign = ForeignChanges(
            session.ledger, self._feedback.is_wanted, replies.on_changed, self._feedback.job_removed
        )
        session.events.subscribe(
            on_changed=self._foreign.reported,
            on_withdrawn=lambda withdrawal: self._foreign.removed(withdrawal.job),
            on_forgotten=self._foreign.removed,
        )
        self._handlers = OscHandlers(
            environment, session, verbs, replies, self._acceptance, self._feedback, announce, look
        )
        self._server: OscServer | None = None
        self._publication: Publication | None = None

    def start(self, port: int | None = None) -> None:
        """Start listening, at `port` if one is given; where that is impossible, log why and do without OSC."""
        osc = self._environment.config.settings.osc
        wanted = osc.port if port is None else port
        server = OscServer(osc.host, wanted, self._routes(), self._replies.refuse, on_message=lambda: self._look(None))
        try:
            server.start()
        except (OSError, OverflowError) as error:
            in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            log.error(
                "OSC cannot listen on %s port %s: %s. %s. Folders are watched all the same",
                osc.host,
                server.port,
                getattr(error, "strerror", None) or error,
                _PORT_IN_USE if in_use else _PORT_REFUSED,
            )
            return
        self._server = server
        self._replies.use(server)
        self._handlers.use(server)
        self._feedback.use(server)
        self._acceptance.start()
        self._foreign.start()
        self._write_address(server)
        log.info("listening for OSC on %s port %s, UDP and TCP", server.host, server.port)
        self._publication = Publication(server, osc, self._verbs)
        self._publication.start()

    def stop(self) -> None:
        """Handle the requests that have arrived, then close."""
        if self._server is None:
            return
        place.remove(self._state.osc_address)
        self._foreign.stop()
        if self._publication is not None:
            self._publication.stop()
        self._handlers.stop()
        self._server.stop()
        self._acceptance.join()

    def _routes(self) -> OscRoutes:
        """Return every address: the core's, then the plugins'."""
        handlers = self._handlers.by_address()
        routes = OscRoutes()
        for address in ADDRESSES:
            routes.add(address, handlers[address.address])
        routes.expand(self._verbs.tracks, [each.key for each in track_values()])
        self._environment.plugins.register_osc(routes)
        return routes

    def _write_address(self, server: OscServer) -> None:
        path = self._state.osc_address
        try:
            write_atomic(path, json.dumps({"host": server.host, "port": server.port}).encode("ascii"))
        except OSError as error:
            log.error("%s cannot be written: %s", path, error.strerror)
