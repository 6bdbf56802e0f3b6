"""The database with the queue: how it is reached, and its tables.

The queue can be thrown away at any time: the house's ledger knows what has to be done. So its tables are in a schema
that is named after their definition. Another release of Procrastinate with other tables starts with an empty queue.
"""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from takevoice.errors import ConfigError

TASK = "takevoice.convert"
QUEUES = ("cpu", "gpu")
HEARTBEAT = 2.0  # seconds between two signs of life of a worker in the queue
STALLED = 10.0  # seconds without one, after which others get its takes
CONNECT = 5  # seconds
PREFIX = "takevoice_farm_"
_LOCK = 0x7461_6B65  # of the advisory lock under which tables are made
_CLAIM = 0x7461_6B66  # of the one that the house's server holds

# A database that is cut off is noticed within half a minute, not in hours as is the default.
_ALIVE = {"connect_timeout": CONNECT, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def checked(database: str) -> str:
    """Return the connection string, complete.

    Raises:
        ConfigError: it is none, or names no database. The message never has the password.
    """
    try:
        given = conninfo_to_dict(database)
    except psycopg.ProgrammingError:
        given = {}
    if not given.get("dbname"):
        raise ConfigError(
            "the address of the database is not valid",
            hint="it is of the form postgresql://USER:PASSWORD@HOST/DATABASE; in the password, write what is no letter or "
            "digit by its code: %20 for a space, %40 for @, %2F for /",
        )
    defaults: dict[str, Any] = {**_ALIVE, "application_name": "takevoice"}
    return make_conninfo(**{**defaults, **given})


def described(database: str) -> str:
    """Return the name of the database for people, without its password."""
    given = conninfo_to_dict(database)
    return f"database {given.get('dbname')} on {given.get('host') or 'this machine'}"


def schema() -> str:
    """Return the name of the schema that has the queue's tables."""
    return PREFIX + hashlib.sha256(SchemaManager.get_schema().encode()).hexdigest()[:12]


def make_tables(database: str) -> None:
    """Make the queue's tables if they are not there, and remove those of other releases.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses.
    """
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        found = {name for (name,) in connection.execute(
            "SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [PREFIX]
        )}
        for name in found - {schema()}:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
        if schema() not in found:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema())))
            connection.execute(_search_path())
            connection.execute(SchemaManager.get_schema())


def has_tables(database: str) -> bool:
    """Return whether the queue's tables are there. Raises psycopg.Error."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema()]).fetchone()
        return row is not None


def claim(database: str) -> psycopg.Connection[Any] | None:
    """Return a connection that claims the queue for one house, for as long as it is open; None if another house has it.

    Raises:
        psycopg.Error: the database cannot be reached, or refuses.
    """
    connection = psycopg.connect(database, autocommit=True)
    # The claim of a server that lost its power ends soon, not after the two hours of the default.
    for setting, value in (("idle", 10), ("interval", 5), ("count", 3)):
        connection.execute(sql.SQL("SET tcp_keepalives_{} = {}").format(sql.SQL(setting), sql.Literal(value)))
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_CLAIM]).fetchone()
    if row is not None and row[0]:
        return connection
    connection.close()
    return None


def use_tables(connection: psycopg.Connection[Any]) -> None:
    """Have a new connection find the queue's tables."""
    connection.execute(_search_path())
    connection.commit()


async def use_tables_async(connection: psycopg.AsyncConnection[Any]) -> None:
    """Have a new connection find the queue's tables."""
    await connection.execute(_search_path())
    await connection.commit()


def reason(error: BaseException) -> str:
    """Return in one line why the database could not be used."""
    cause = error.__cause__ or error
    lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
    return lines[0] if lines else type(cause).__name__


def _search_path() -> sql.Composed:
    return sql.SQL("SET search_path TO {}").format(sql.Identifier(schema()))
