"""`takevoice worker`: free conversions on other machines, for a house's server.

It needs the extra `farm` (Procrastinate and psycopg); nothing of it is imported before it is used.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from takevoice import hookimpl
from takevoice.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from takevoice import Commands
    from takevoice_plugins.farm.queue import ProcrastinateFarm
    from takevoice_plugins.house.seam import FarmDesk

KEY_VARIABLE, DATABASE_VARIABLE = "TAKEVOICE_WORKER_KEY", "TAKEVOICE_DATABASE"
QUEUES, BACKENDS = ("cpu", "gpu"), ("local", "neural")  # each queue has the conversions of one backend


@hookimpl
def register_commands(cli: Commands) -> None:
    """Add `takevoice worker` and `takevoice house workers`."""
    cli.add("worker", "convert takes for a house's server, on this machine", _configure, _run)
    cli.add("house workers", "list the workers of the house, and what they do", _configure_list, _list)


def farm_on(database: str) -> Callable[[FarmDesk, Path], ProcrastinateFarm]:
    """Return what opens the farm that hands orders to workers by way of a PostgreSQL database.

    It needs the house's desk, and a folder for the list of workers. The database may be away then: orders are refused
    with FarmUnavailable until it is there.

    Raises:
        ConfigError: the address of the database is not valid, or the extra is not installed.
    """
    _check_extra()
    from takevoice_plugins.farm.database import checked
    from takevoice_plugins.farm.queue import ProcrastinateFarm

    return partial(ProcrastinateFarm, checked(database))


def _check_extra() -> None:
    try:
        import procrastinate  # noqa: F401
        import psycopg  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "workers on other machines need packages that are not installed here",
            hint='`pip install ".[farm]"` in the folder of takevoice\'s source',
        ) from error


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        f"The key can be in {KEY_VARIABLE} and the database in {DATABASE_VARIABLE}, where the process list does not "
        "show them. Ctrl-C or SIGTERM stops the worker; takes that it has not finished go to other workers."
    )
    parser.add_argument("--house", metavar="URL", required=True, help="the house's server, as it prints it: https://HOST:9872#sha256=...")
    parser.add_argument("--key", metavar="KEY", help="the worker's key, of `takevoice house add NAME --worker`")
    parser.add_argument("--database", metavar="DSN", help="postgresql://USER:PASSWORD@HOST/DATABASE, the house's queue")
    parser.add_argument(
        "--backend", choices=BACKENDS, help="what converts: the local engine (local), or the neural one, which is better off with a GPU"
    )
    parser.add_argument("--queue", choices=QUEUES, help="the same by the name of the queue: cpu is local, gpu is neural")
    parser.add_argument(
        "--slots", type=int, metavar="N", help="conversions at a time: one for each processor, or 1 with --queue gpu"
    )
    parser.add_argument("--check", action="store_true", help="check that everything is there, and convert nothing")


def _run(args: argparse.Namespace) -> int:
    _check_extra()
    # Imported here, so that the command line needs no database driver.
    from takevoice_plugins.farm.command import check, work

    database = args.database or os.environ.get(DATABASE_VARIABLE, "")
    key = args.key or os.environ.get(KEY_VARIABLE, "")
    queue, backend = _queue_and_backend(args.queue, args.backend)
    options: dict[str, Any] = {
        "url": args.house,
        "key": key,
        "database": database,
        "queue": queue,
        "backend": backend,
        "slots": args.slots,
        "state": args.state,
    }
    return check(**options) if args.check else work(**options)


def _queue_and_backend(queue: str | None, backend: str | None) -> tuple[str, str]:
    """Return both when one of them is given, or none. Raises ConfigError: they do not go together."""
    by_queue = dict(zip(QUEUES, BACKENDS, strict=True))
    found = backend or by_queue[queue or QUEUES[0]]
    if queue is not None and by_queue[queue] != found:
        raise ConfigError(f"the queue {queue} has no conversions of the backend {found}", hint="leave out --queue")
    return next(name for name, of in by_queue.items() if of == found), found


def _configure_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def _list(args: argparse.Namespace) -> int:
    from takevoice_plugins.farm.listing import print_workers

    return print_workers(args.state, as_json=args.json)
