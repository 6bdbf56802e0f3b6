"""Running a worker, and checking that it could run."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from takevoice.errors import BackendUnavailable, ConfigError
from takevoice_plugins.farm import database as queue_database
from takevoice_plugins.farm.desk_client import BadKey, DeskClient, Unreachable
from takevoice_plugins.farm.engines import check_neural
from takevoice_plugins.farm.roster import CHECKED
from takevoice_plugins.farm.slot import SlotOptions, start_log
from takevoice_plugins.farm.slots import run_slots
from takevoice_plugins.local import NAME as LOCAL
from takevoice_plugins.neural import NAME as NEURAL
from takevoice_plugins.server.engine_version import BUILD

log = logging.getLogger("takevoice.worker")
MOST_SLOTS = 256


def work(url: str, key: str, database: str, queue: str, slots: int | None, state: Path, backend: str = LOCAL) -> int:
    """Work until Ctrl-C or SIGTERM; return the exit code.

    Raises:
        ConfigError: an option is invalid.
        BackendUnavailable: the backend lacks something.
    """
    options = _options(url, key, database, queue, slots, state, backend)
    if backend == NEURAL:
        check_neural(state)
    start_log()
    print(
        f"working for {DeskClient(url, key).url}, queue {queue}, {options.slots} at a time, with the {queue_database.described(options.database)} (stop with Ctrl-C)",
        flush=True,
    )
    code = run_slots(options)
    print("stopped", file=sys.stderr)
    return code


def check(url: str, key: str, database: str, queue: str, slots: int | None, state: Path, backend: str = LOCAL) -> int:
    """Print what a worker needs and whether it is there; return 0 if all is.

    Raises:
        ConfigError: an option is invalid.
    """
    options = _options(url, key, database, queue, slots, state, backend)
    problems = 0
    for name, find_out in _checks(options):
        try:
            said, mark = find_out(), "ok"
        except _Missing as missing:
            said, mark = str(missing), "problem"
            problems += 1
        print(f"{mark:8}{name:10}{said}")
    return 1 if problems else 0


class _Missing(Exception):
    pass


def _checks(options: SlotOptions) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "version", lambda: f"takevoice {BUILD}, Python {sys.version.split()[0]}"
    yield "house", lambda: _house(options)
    yield "database", lambda: _database(options)
    yield "engine", lambda: _engine(options.backend, options.state)


def _house(options: SlotOptions) -> str:
    client = DeskClient(options.url, options.key, timeout=10)
    sign = {"worker": options.worker, "slot": 1, "slots": options.slots, "host": socket.gethostname(),
            "queue": options.queue, "version": BUILD, "state": CHECKED}
    try:
        said = client.sign(sign)
    except BadKey:
        raise _Missing("does not know the key; `takevoice house add NAME --worker` makes one") from None
    except Unreachable as error:
        raise _Missing(f"cannot be reached at {client.url}: {error}") from None
    if said.get("version") != BUILD:
        raise _Missing(f"has takevoice {said.get('version')}: install that version here")
    return f"{client.url} knows this worker as {said.get('name')}"


def _database(options: SlotOptions) -> str:
    name = queue_database.described(options.database)
    try:
        there = queue_database.has_tables(options.database)
    except psycopg.Error as error:
        raise _Missing(f"{name}: {queue_database.reason(error)}") from None
    if not there:
        raise _Missing(f"{name} has no queue: start `takevoice serve --house` with this database first")
    return f"{name} has the house's queue"


def _engine(backend: str, state: Path) -> str:
    if backend == NEURAL:
        try:
            return check_neural(state)
        except BackendUnavailable as error:
            raise _Missing(error.what) from None
    # Imported here: the engine's numerical libraries take their time to load.
    from takevoice_plugins.farm.trial import convert_trial
    from takevoice_plugins.server.engine import LocalEngine

    engine = LocalEngine(state)
    convert_trial(engine, 0.5)
    return f"local, {convert_trial(engine, 5.0):.0f} times real time with one slot"


def _options(url: str, key: str, database: str, queue: str, slots: int | None, state: Path, backend: str) -> SlotOptions:
    if slots is None:
        slots = 1 if queue == "gpu" else _processors()
    if not 1 <= slots <= MOST_SLOTS:
        raise ConfigError(f"--slots {slots} is not possible", hint=f"use 1 to {MOST_SLOTS}")
    if not key:
        raise ConfigError("there is no key for this worker", hint="give --key, or set TAKEVOICE_WORKER_KEY; `takevoice house add NAME --worker` makes one")
    if not database:
        raise ConfigError("there is no database", hint="give --database, or set TAKEVOICE_DATABASE")
    DeskClient(url, key)
    address = queue_database.checked(database)
    worker = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
    return SlotOptions(worker, 1, slots, url, key, address, queue, state, backend)


def _processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
