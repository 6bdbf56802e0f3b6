"""Request files for one daemon: puts the parts together, starts and stops them."""

from __future__ import annotations

import logging
from collections.abc import Callable

from takevoice.errors import printable
from takevoice.service.environment import Environment
from takevoice.service.handover.answering import Answering
from takevoice.service.handover.converts import Converts
from takevoice.service.handover.folder import HandoverFolder
from takevoice.service.handover.handlers import RequestHandlers
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.progress_file import ProgressFile
from takevoice.service.handover.records import Records
from takevoice.service.handover.sources import Sources
from takevoice.service.request_ends import RequestEnds
from takevoice.service.session import Session
from takevoice.service.verbs import Verbs
from takevoice.system.ownership import make_private

log = logging.getLogger("takevoice")


class HandoverService:
    """Takes requests from files, whatever becomes of OSC."""

    def __init__(
        self, environment: Environment, session: Session, ends: RequestEnds, verbs: Verbs
    ) -> None:
        state = environment.state
        self._state, self._session, self._ends = state, session, ends
        records = Records(state.handover)
        self._live = live = LiveRequests(
            session.ledger, session.planner, records, self._waits_for, lambda: self._progress.has_news()
        )
        self._progress = ProgressFile(state.handover, live.progress)
        converts = Converts(
            session.ledger, session.owner, state, records, live, Sources(state, session.silent.covers), ends, verbs
        )
        handlers = RequestHandlers(
            Answering(verbs).by_address(),
            converts,
            live,
            self._progress,
            ends.results,
            verbs,
            session.stopping.is_set,
        )
        self._folder = HandoverFolder(state.handover, handlers.handle)
        session.events.subscribe(
            on_changed=live.on_changed, on_progress=live.on_changed, on_withdrawn=live.on_withdrawn
        )
        session.problems.subscribe(lambda _: self._progress.has_news())
        ends.subscribe(live)

    def start(self) -> None:
        """Tell the ends of earlier requests, then look for new ones."""
        self._ends.results.remove_oldest()
        folder = self._state.handover
        try:
            make_private(folder)
        except OSError as error:
            log.error("request files are not read: %s: %s; remove it, and start takevoice again", printable(folder), error.strerror)
            self._folder.join()
            return
        self._live.resume(self._ends)
        self._progress.start()
        self._folder.start()

    def stop(self) -> None:
        """Stop looking; files that are not handled stay."""
        self._folder.join()
        self._progress.join()

    def look(self, then: Callable[[], None] | None = None) -> None:
        """Look for requests now; call `then` when all that are there are handled."""
        self._folder.look(then)

    def is_idle(self) -> bool:
        """Return True when no request waits to be read."""
        return self._folder.is_idle()

    def _waits_for(self) -> str:
        if self._session.pool.paused.is_set():
            return "takevoice is paused"
        return "; ".join(self._session.problems.texts())
