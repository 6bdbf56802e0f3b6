"""What tests of the farm share: a database, if the machine can have one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import postgres


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL server, started when the first test needs it."""
    if reason := postgres.problem():
        pytest.skip(reason)
    pytest.importorskip("procrastinate", reason="the extra takevoice[farm] is not installed")
    with postgres.running() as server:
        yield server


@pytest.fixture
def database(database_server: postgres.Postgres) -> str:
    """The connection string of an empty database."""
    return database_server.database()
