from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.counted import check_counts
from osc.raw import Raw, raw
from pipeline.line import FakeBackend
from service.osc_place import Place, open_place
from takevoice.paths import StateDir
from takevoice.pipeline.decisions import DAEMON
from takevoice.plugins import Plugins
from takevoice.service.environment import Environment
from takevoice.service.session import Session
from takevoice.settings import CurrentConfig, LoadedConfig, Settings


@pytest.fixture
def backend() -> FakeBackend:
    """A paid backend that answers at once."""
    return FakeBackend()


@pytest.fixture
def conversions() -> int:
    """How many conversions run at once."""
    return 1


@pytest.fixture
def session(backend: FakeBackend, conversions: int, tmp_path: Path) -> Iterator[Session]:
    """The daemon's session, with its threads, but without folders and OSC."""
    plugins = Plugins()
    plugins.register("fake", backend, "tests")
    settings = Settings.model_validate({"backend": "fake", "conversions": conversions})
    config = CurrentConfig(LoadedConfig(settings))
    environment = Environment(config, plugins, StateDir(tmp_path / "state"))
    made = Session(environment, DAEMON, wait_when_unavailable=True, asked_for=False)
    yield made
    made.stop()
    made.close()
    check_counts(tmp_path / "state" / "ledger.sqlite3")


@pytest.fixture
def place(tmp_path: Path, backend: FakeBackend) -> Iterator[Place]:
    with open_place(tmp_path / "state", backend) as opened:
        yield opened


@pytest.fixture
def udp(place: Place) -> Iterator[Raw]:
    with raw(place.port) as opened:
        yield opened
