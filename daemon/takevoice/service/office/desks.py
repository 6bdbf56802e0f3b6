"""What the office needs for its answers, and its parts: each is loaded when a question first needs it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from takevoice.errors import TakevoiceError
from takevoice.jobs import Job
from takevoice.lazy import TYPE_CHECKING
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.state_names import DAEMON

if TYPE_CHECKING:
    from takevoice.pipeline.planning import Planner
    from takevoice.service.environment import Environment
    from takevoice.service.lookup import Lookup
    from takevoice.service.office.auditions import AuditionDesk
    from takevoice.service.office.candidates import CandidateDesk
    from takevoice.service.office.casting import CastingDesk
    from takevoice.service.office.delivery import Delivery
    from takevoice.service.office.running import Running

log = logging.getLogger("takevoice")


class Desks:
    """The part of the office that knows where config, plugins and prices come from."""

    def __init__(
        self,
        ledger: Ledger,
        state: StateDir,
        load: Callable[[], Environment],
        running: Running | None = None,
        owner: str = DAEMON,
    ) -> None:
        """`load` returns config and plugins once they are needed. `running` is the takevoice of this process, if there is
        one; `owner` works on the jobs that are started again."""
        self.ledger, self.state = ledger, state
        self._load, self._running, self._owner = load, running, owner

    @cached_property
    def environment(self) -> Environment:
        """The config and the plugins; raises ConfigError when they cannot be used."""
        return self._load()

    @cached_property
    def lookup(self) -> Lookup:
        """What would happen to files; raises ConfigError."""
        if self._running is not None:
            return self._running.lookup
        from takevoice.service.lookup import Lookup  # slow to load: few decisions need it

        return Lookup(self.environment, self.ledger)

    @property
    def _prices(self) -> Lookup:
        """The same for one question, with prices that are known without a key: it asks a backend for its voices once."""
        from takevoice.pipeline.price_planner import PricePlanner
        from takevoice.service.lookup import Lookup

        return Lookup(self.environment, self.ledger, PricePlanner)

    @property
    def planner(self) -> Planner:
        """Settings, backends, voices and prices; raises ConfigError."""
        return self.lookup.planner

    @cached_property
    def candidates(self) -> CandidateDesk:
        """What a person can see and decide about the candidates of takes."""
        from takevoice.service.office.candidates import CandidateDesk  # slow to load

        return CandidateDesk(self.ledger, self._result_path, self._tell, self._tell_plugins)

    def _result_path(self, take: Job) -> Path:
        """Return the path of the result of a take with candidates that has none yet."""
        from takevoice.service.office.result_place import is_watched, place_by_candidates

        known = None if is_watched(take, self.environment.config.loaded) else place_by_candidates(self.ledger.candidates.of(take.id))
        return known or self.environment.plugins.output_path(take)

    def _tell_plugins(self, take: Job, before: Path | None) -> None:
        """Notify the plugins of a pick; where the config cannot be used, there are none, and the pick counts all the same."""
        try:
            plugins = self.environment.plugins
        except TakevoiceError as error:
            log.warning("the plugins are not notified of the pick: %s", error)
            return
        plugins.picked(take, before)

    @property
    def casting(self) -> CastingDesk:
        """Who speaks whom, for one question; raises ConfigError when the config cannot be used."""
        from takevoice.service.office.casting import CastingDesk  # slow to load

        return CastingDesk(self.ledger, self.environment, self._config_written, self._tell)

    @property
    def auditions(self) -> AuditionDesk:
        """Real lines of characters in several voices, for one question; raises ConfigError."""
        from takevoice.service.office.auditions import AuditionDesk  # slow to load

        return AuditionDesk(self.environment, self._prices, self.ledger, self.state.auditions, self._tell)

    def delivery(self) -> Delivery:
        """Return what looks at the results of a folder, and copies those that count."""
        from takevoice.pipeline.casting import Casting
        from takevoice.service.office.delivery import Delivery

        cast = Casting(self.ledger, self.environment.config.loaded, self._prices.planner).rows()
        return Delivery(self.ledger, self._prices, self.state, {row.character: row for row in cast})

    def _config_written(self) -> None:
        """Have the config that was just written in force at once."""
        if self._running is not None:
            self._running.config_written()
        else:
            self.environment.reload()

    def _tell(self, job: Job, *, changed: bool = True) -> Job:
        """Have the takevoice of this process act on a decision at once."""
        if self._running is not None:
            if changed:
                self._running.changed(job)
            self._running.wake()
        return job
