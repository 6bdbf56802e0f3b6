from __future__ import annotations

import psycopg
import pytest

from postgres import Postgres

pytestmark = pytest.mark.process


def test_server_survives_its_death(database_server: Postgres, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
        database_server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    database_server.start()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT word FROM kept").fetchall() == [("here",)]
