"""The farm by Procrastinate: orders wait in a PostgreSQL database for workers on other machines.

The house's ledger is the truth, and the queue only its messenger: whatever is wrong in it is put right by the sweep
here and by the house's own, which submits again what the queue does not know.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import psycopg_pool
from fastapi import APIRouter
from procrastinate import App, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.sql import queries

from takevoice_plugins.farm import database
from takevoice_plugins.farm.roster import SILENT, WORKERS, Roster
from takevoice_plugins.farm.routes import farm_routes
from takevoice_plugins.house.seam import FarmDesk, FarmUnavailable, Order

log = logging.getLogger("takevoice.house")

WAIT = 3.0  # seconds to wait for a connection
PAUSE = 2.0  # seconds for which nothing is tried after the database was away
SWEEP = 5.0  # seconds between two looks at the queue
LOST = 10  # workers that may end while they convert the same take, before it fails

_UNDER_WAY = """SELECT queueing_lock AS key FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"""
_KNOWN = _UNDER_WAY + " AND queueing_lock = ANY(%(keys)s)"
_REMOVE = """DELETE FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(keys)s)"""
_ENDED = """DELETE FROM procrastinate_jobs WHERE status NOT IN ('todo', 'doing')"""
_ABANDON = """DELETE FROM procrastinate_jobs WHERE id = %(job)s"""
# The fair shares of a new server begin at 0: what an earlier one has let wait comes before, in its order.
_FIRST = """UPDATE procrastinate_jobs SET priority = LEAST(priority::bigint - least, 2000000000)
FROM (SELECT MIN(priority)::bigint AS least FROM procrastinate_jobs WHERE status = 'todo') AS lowest
WHERE status = 'todo' AND least < 0"""


class ProcrastinateFarm:
    """Hands orders to workers on other machines."""

    def __init__(
        self,
        address: str,
        desk: FarmDesk,
        folder: Path | None = None,
        *,
        sweep: float = SWEEP,
        stalled: float = database.STALLED,
    ) -> None:
        """`folder`: where the list of workers is kept for `takevoice house workers`."""
        self._address, self._desk, self._stalled = address, desk, stalled
        self._lock = threading.Lock()
        self._app: App | None = None
        self._claim: psycopg.Connection[Any] | None = None
        self._paused_until = 0.0
        self._away, self._why, self._took_over = False, "", False
        self._lost, self._began = Counter[str](), time.monotonic()
        self.roster = Roster(None if folder is None else folder / WORKERS)
        self._ending = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_on, args=[sweep], name="farm-sweep", daemon=True)
        self._sweeper.start()

    def submit(self, order: Order) -> None:
        """Put an order into the queue, unless it waits there already. Raises FarmUnavailable."""
        with self._queue() as app, suppress(AlreadyEnqueued):
            app.configure_task(
                database.TASK, queue=order.queue, priority=order.priority, queueing_lock=order.key
            ).defer(
                key=order.key,
                lease=order.lease,
                backend=order.backend,
                request=dict(order.request),
                sample_rate=order.sample_rate,
                frames=order.frames,
            )

    def cancel(self, key: str) -> None:
        """Remove an order that waits. What is under way is finished."""
        with suppress(FarmUnavailable), self._queue() as app:
            app.connector.execute_query(_REMOVE, keys=[key])

    def known(self, keys: Collection[str]) -> set[str]:
        """Return those of `keys` that wait or are under way. Raises FarmUnavailable."""
        if not keys:
            return set()
        with self._queue() as app:
            return {row["key"] for row in app.connector.execute_query_all(_KNOWN, keys=list(keys))}

    def routes(self, admin: Sequence[Any]) -> APIRouter:
        """Return the routes for workers, and GET /house/v1/workers with the dependencies `admin`."""
        return farm_routes(self.roster, self._desk, admin)

    def workers(self) -> list[dict[str, Any]]:
        """Return each worker that was heard of in the last day, with what it does."""
        return self.roster.workers()

    def resume(self) -> None:
        """Try the database at the next need, even if it was away a moment ago."""
        self._paused_until = 0.0

    def serves(self, queue: str) -> bool:
        """Return False if no worker of this queue has given a sign of life, and any that is there had the time to."""
        return time.monotonic() - self._began < SILENT or self.roster.serves(queue)

    def close(self) -> None:
        """Stop."""
        self._ending.set()
        self._sweeper.join(WAIT)
        self._disconnect()

    def sweep(self) -> None:
        """Give takes of workers that are gone to others, and remove what is not wanted. Raises FarmUnavailable."""
        with self._queue() as app:
            self._check_claim()
            self._requeue_stalled(app)
            # First the queue, then the ledger: an order is in the ledger before it is in the queue.
            there = {row["key"] for row in app.connector.execute_query_all(_UNDER_WAY)}
            wanted = {order.key for order in self._desk.unfinished()}
            if unwanted := there - wanted:
                app.connector.execute_query(_REMOVE, keys=sorted(unwanted))
            app.connector.execute_query(_ENDED)
            for key in set(self._lost) - wanted:
                del self._lost[key]

    def _requeue_stalled(self, app: App) -> None:
        rows = app.connector.execute_query_all(
            queries["select_stalled_jobs_by_heartbeat"],
            seconds_since_heartbeat=self._stalled,
            queue=None,
            task_name=database.TASK,
        )
        for row in rows:
            key, lease = str(row["args"].get("key", "")), str(row["args"].get("lease", ""))
            self._lost[key] += 1
            if self._lost[key] >= LOST:
                app.connector.execute_query(_ABANDON, job=row["id"])
                log.warning("a take has ended %d workers while they converted it; it fails", LOST)
                message = f"The conversion ended {LOST} workers; their logs may say why."
                self._desk.refused(key, lease, "workers_lost", message, again=True)
                continue
            log.warning("a worker is gone; its take goes to another one")
            _wait_again(app, row["id"])

    def _sweep_on(self, seconds: float) -> None:
        while not self._ending.is_set():
            try:
                self.sweep()
            except FarmUnavailable:
                pass
            except Exception:
                log.exception("the sweep of the farm failed; it is repeated")
            self.roster.save()
            self._ending.wait(seconds)

    @contextmanager
    def _queue(self) -> Iterator[App]:
        """Yield the queue; an error of the database becomes FarmUnavailable."""
        try:
            yield self._connected()
        except (AlreadyEnqueued, UniqueViolation):
            raise
        except (ConnectorException, psycopg.Error) as error:
            self._disconnect()
            self._paused_until = time.monotonic() + PAUSE
            self._why = why = database.reason(error)
            if not self._away:
                self._away = True
                log.warning(
                    "%s cannot be used: %s. Conversions by workers wait; it is tried again",
                    database.described(self._address),
                    why,
                )
            raise FarmUnavailable(why) from error
        if self._away:
            self._away = False
            log.info("%s is there again", database.described(self._address))

    def _connected(self) -> App:
        with self._lock:
            if self._app is not None:
                return self._app
            if time.monotonic() < self._paused_until:
                raise FarmUnavailable(self._why)
            self._claim = database.claim(self._address)
            if self._claim is None:
                raise psycopg.OperationalError("another house uses it; each needs a database of its own")
            database.make_tables(self._address)
            for name in ("procrastinate", "psycopg.pool"):
                logging.getLogger(name).setLevel(logging.CRITICAL)  # this module logs what matters, once
            pool = psycopg_pool.ConnectionPool(
                self._address,
                min_size=1,
                max_size=4,
                timeout=WAIT,
                configure=database.use_tables,
                check=psycopg_pool.ConnectionPool.check_connection,
                open=True,
            )
            app = App(connector=SyncPsycopgConnector())
            app.open(pool)
            self._app, self._pool = app, pool
            if not self._took_over:
                app.connector.execute_query(_FIRST)
                self._took_over = True
            return app

    def _disconnect(self) -> None:
        """Drop all connections: a pool that has lost its database takes longer and longer to look for it."""
        with self._lock:
            app, self._app = self._app, None
            if self._claim is not None:
                self._claim.close()
            if app is not None:
                self._pool.close(timeout=1)

    def _check_claim(self) -> None:
        """Raise psycopg.OperationalError if the database was away, and another house may have claimed it."""
        if self._claim is not None:
            self._claim.execute("SELECT 1")


def _wait_again(app: App, job: int) -> None:
    try:
        app.connector.execute_query(
            queries["retry_job"], job_id=job, retry_at=None, new_priority=None, new_queue_name=None, new_lock=None
        )
    except UniqueViolation:  # the same take waits already
        app.connector.execute_query(_ABANDON, job=job)
    except ConnectorException as error:
        if not isinstance(error.__cause__, psycopg.errors.RaiseException):  # that is: it has just ended
            raise
