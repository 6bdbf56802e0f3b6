"""What tests of the farm share: a database, if the machine can have one, and a house's orders."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import postgres

if TYPE_CHECKING:
    from farm.desk import Desk
    from takevoice_plugins.farm.queue import ProcrastinateFarm

if importlib.util.find_spec("procrastinate") is None:  # the extra takevoice[farm] is not installed
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL server, started when the first test needs it."""
    if reason := postgres.problem():
        pytest.skip(reason)
    with postgres.running() as server:
        yield server


@pytest.fixture
def database(database_server: postgres.Postgres) -> str:
    """The connection string of an empty database."""
    return database_server.database()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A house's orders."""
    from farm.desk import Desk

    return Desk(tmp_path / "house")


@pytest.fixture
def farm(database: str, desk: Desk) -> Iterator[ProcrastinateFarm]:
    """A farm whose sweep the test calls itself."""
    from takevoice_plugins.farm.database import checked
    from takevoice_plugins.farm.queue import ProcrastinateFarm

    with closing(ProcrastinateFarm(checked(database), desk, sweep=3600)) as farm:
        yield farm
