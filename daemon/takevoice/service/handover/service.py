"""Request files for one daemon: puts the parts together, starts and stops them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from takevoice.errors import printable
from takevoice.service.environment import Environment
from takevoice.service.handover.answering import Answering
from takevoice.service.handover.converts import Converts
from takevoice.service.handover.folder import HandoverFolder
from takevoice.service.handover.handlers import RequestHandlers
from takevoice.service.handover.live import LiveRequests
from takevoice.service.handover.progress_file import ProgressFile
from takevoice.service.handover.quotes import Quotes
from takevoice.service.handover.records import Records
from takevoice.service.handover.rendered import RenderedFiles
from takevoice.service.handover.rows import JobRows
from takevoice.service.handover.samples import Samples
from takevoice.service.handover.sources import Sources
from takevoice.service.request_ends import RequestEnds
from takevoice.service.session import Session
from takevoice.service.verbs import Announce, Verbs
from takevoice.system.ownership import make_private

log = logging.getLogger("takevoice")


class HandoverService:
    """Takes requests from files, whatever becomes of OSC."""

    def __init__(
        self,
        environment: Environment,
        session: Session,
        ends: RequestEnds,
        verbs: Verbs,
        *,
        announce: Announce,
    ) -> None:
        """`announce` is called with a file in a watched folder that its writer says is complete, and its track if it named one."""
        state = environment.state
        self._state, self._session, self._ends = state, session, ends
        self._records = records = Records(state.handover)
        self._live = live = LiveRequests(
            session.ledger, session.planner, records, self._waits_for, lambda: self._progress.has_news()
        )
        self._progress = ProgressFile(state.handover, live.progress)
        sources = Sources(state, session.silent.covers)
        self._quotes = Quotes(state.handover, sources, verbs)
        answering = Answering(
            verbs,
            JobRows(session.ledger, session.planner, live.name_of),
            Samples(state.samples, environment.plugins),
            self._quotes,
        )
        self._handlers = RequestHandlers(
            answering.by_address(),
            answering.slow(),
            Converts(session.ledger, session.owner, records, live, sources, ends),
            RenderedFiles(session.ledger, records, live, sources, verbs, announce),
            live,
            self._progress,
            ends.results,
            verbs,
            session.stopping.is_set,
        )
        self._folder = HandoverFolder(state.handover, self._take_up)
        session.events.subscribe(
            on_changed=live.on_changed, on_progress=live.on_changed, on_withdrawn=live.on_withdrawn
        )
        session.problems.subscribe(lambda _: self._progress.has_news())
        ends.subscribe(live)
        session.housekeeping.prune_too(self._prune)

    def _take_up(self, paths: Sequence[Path]) -> None:
        with self._progress.taking_up():
            self._handlers.handle(paths)

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
        self._quotes.remove_leftovers()
        self._live.resume(self._ends)
        self._progress.start()
        self._folder.start()

    def stop(self) -> None:
        """Stop looking; files that are not handled stay."""
        self._folder.join()
        self._handlers.stop()
        self._progress.join()

    def look(self, then: Callable[[], None] | None = None) -> None:
        """Look for requests now; call `then` when all that are there are handled."""
        self._folder.look(then)

    def is_idle(self) -> bool:
        """Return True when no request waits to be read."""
        return self._folder.is_idle()

    def _prune(self, days: float) -> None:
        """Remove what was kept of failed requests, and of those that got no job, after so many days."""
        before = time.time() - days * 86_400
        for request_id in self._live.failed_since(before):
            record = self._records.read(request_id)
            self._live.forget(request_id)
            if record is not None:
                self._records.finish(record)
        for record in list(self._records.all()):
            if self._records.written(record.id) < before and self._live.job_of(record.id) is None:
                self._records.finish(record)

    def _waits_for(self) -> str:
        if self._session.pool.paused.is_set():
            return "takevoice is paused"
        return "; ".join(self._session.problems.texts())
