"""A takevoice that serves OSC, with a session, a ledger and sockets, and a backend that costs money but nothing is sent to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.counted import check_counts
from pipeline.line import FakeBackend
from support import make_take
from takevoice.jobs import Job, State
from takevoice.paths import StateDir
from takevoice.pipeline.decisions import DAEMON
from takevoice.plugins import Plugins
from takevoice.service.environment import Environment
from takevoice.service.office import Office
from takevoice.service.osc.result_files import ResultFiles
from takevoice.service.osc.service import OscService
from takevoice.service.pausing import Pausing
from takevoice.service.request_ends import RequestEnds
from takevoice.service.running import RunningSession
from takevoice.service.session import Session
from takevoice.service.verbs import Verbs
from takevoice.settings import CurrentConfig, LoadedConfig, Settings


class Place:
    """A takevoice without watched folders and threads that convert."""

    def __init__(self, state: Path, backend: FakeBackend, **osc: Any) -> None:
        plugins = Plugins()
        plugins.register("fake", backend, "tests")
        self.config = CurrentConfig(LoadedConfig(self.settings(osc)))
        self.state = StateDir(state)
        environment = Environment(self.config, plugins, self.state)
        self.session = Session(environment, DAEMON, wait_when_unavailable=True, asked_for=False)
        self.pausing = Pausing(
            self.session.ledger, self.session.events, self.session.pool, self.session.breaker, self.session.pacing,
            self.session.problems,
        )  # fmt: skip
        self.pausing.restore()
        self.ends = ends = RequestEnds(self.session.ledger, ResultFiles(state / "results"))
        self.office = Office(self.session.ledger, environment.state, lambda: environment, RunningSession(self.session, self.pausing, lambda: None))
        verbs = Verbs(environment, self.session, ends, self.office)
        self.messages = 0
        self.osc = OscService(environment, self.session, ends, verbs, announce=lambda _: None, look=self._look)
        self.osc.start(0)
        assert self.osc._server is not None
        self.port = self.osc._server.port

    def _look(self, then: Callable[[], None] | None) -> None:
        if then is None:
            self.messages += 1  # one has come
        else:
            then()

    @staticmethod
    def settings(osc: dict[str, Any], **more: Any) -> Settings:
        return Settings.model_validate({"backend": "fake", "tracks": {"Anna": {"voice": "bea"}}, "osc": osc, **more})

    def job(self, path: Path, state: State = State.FOUND, **fields: Any) -> Job:
        ledger = self.session.ledger
        return ledger.jobs.add(path, state, origin="osc", **fields)

    def close(self) -> None:
        self.osc.stop()
        self.session.stop()
        self.session.close()
        check_counts(self.state.ledger)


@contextmanager
def open_place(state: Path, backend: FakeBackend, **osc: Any) -> Iterator[Place]:
    opened = Place(state, backend, **osc)
    try:
        yield opened
    finally:
        opened.close()


def held(place: Place, folder: Path, name: str = "take.wav") -> Job:
    job = place.job(make_take(folder / name, 0.1))
    fields = {"error": "take.wav: costs too much", "error_code": "cap", "track": "Anna", "backend": "fake", "voice": "bea"}
    return place.session.ledger.jobs.change(job.id, State.HELD, **fields)
