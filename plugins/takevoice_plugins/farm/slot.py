"""One slot of a worker: a process that takes one order after the other from the queue, until it has to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException

from takevoice_plugins.farm import database
from takevoice_plugins.farm.conversion import Conversions, Interrupted, LacksBackend
from takevoice_plugins.farm.desk_client import BadKey, DeskClient, Unreachable
from takevoice_plugins.farm.engines import engine_for, own_folder
from takevoice_plugins.farm.roster import SIGN, STOPPED
from takevoice_plugins.farm.trial import convert_trial
from takevoice_plugins.farm.voices import HouseVoices
from takevoice_plugins.local import NAME as LOCAL
from takevoice_plugins.neural import NAME as NEURAL
from takevoice_plugins.server.engine_version import BUILD

log = logging.getLogger("takevoice.worker")
PATIENCE = 8.0  # seconds that a conversion gets to end when the worker stops
POLL = 2.0  # seconds between two looks into the queue, where no notice of a new order comes
LAST_SIGN = 2.0  # seconds that the last sign of life may take
RECONNECT, LONGEST_RECONNECT = 0.5, 5.0  # seconds
BAD_KEY = 2  # exit code: a person must act, so that the slot is not started again


@dataclass(frozen=True)
class SlotOptions:
    """What a slot has to know."""

    worker: str  # the id that all slots of a worker share
    slot: int
    slots: int
    url: str
    key: str
    database: str
    queue: str
    state: Path
    backend: str = LOCAL


def run_slot(options: SlotOptions, parent: Connection[Any, Any]) -> None:
    """Work until the parent says so or is gone; to be run in a process of its own."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK", "SIGQUIT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # the parent gets them, too, and tells
    start_log(options.slot, options.slots)
    slot = Slot(options)
    threading.Thread(target=slot.stop_with, args=[parent], name="parent", daemon=True).start()
    signs = threading.Thread(target=slot.give_signs, name="signs", daemon=True)
    signs.start()
    # psycopg cannot use the default loop of Windows; elsewhere this is the default.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(slot.work())
    signs.join(LAST_SIGN)
    os._exit(BAD_KEY if slot.bad_key.is_set() else 0)  # a thread that still converts would keep the process


def start_log(slot: int = 0, slots: int = 1) -> None:
    """Log to standard error, with the number of the slot where there are several."""
    which = f" [{slot}]" if slot and slots > 1 else ""
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s{which} %(message)s", datefmt="%H:%M:%S")
    for name in ("procrastinate", "psycopg.pool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # this module logs what matters, in one line


class Slot:
    """Takes orders from the queue, one at a time."""

    def __init__(self, options: SlotOptions) -> None:
        self._options = options
        self._desk = DeskClient(options.url, options.key)
        self._stop_by: float | None = None
        self._worker_task: asyncio.Task[Any] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._other_version, self._no_database = "", ""  # problems, for the house's list of workers
        self._unreached = set[str]()  # the reasons why the house cannot be reached, as they were logged
        self.bad_key = threading.Event()
        voices = HouseVoices(self._desk, own_folder(options.state), recorded=options.backend == NEURAL)
        self._engine = engine_for(options.backend, options.state)
        self._conversions = Conversions(
            self._desk, {options.backend: self._engine}, voices.bring, self._interrupted, self._lose_key
        )

    def stop_with(self, parent: Connection[Any, Any]) -> None:
        """Stop when the parent says so, or is gone."""
        try:
            parent.recv()
        except (EOFError, OSError):
            pass
        self.stop()
        time.sleep(PATIENCE + 4)
        os._exit(0)  # the house gives the take to another worker

    def stop(self) -> None:
        """Take no more orders; the one that is being converted gets a moment."""
        self._stop_by = time.monotonic() + PATIENCE
        self._stopping.set()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_worker)

    def give_signs(self) -> None:
        """Give a sign of life to the house every few seconds."""
        while not self._stopping.is_set():
            self._give_sign()
            self._stopping.wait(SIGN)
        self._give_sign(STOPPED)

    async def work(self) -> None:
        """Take orders until the slot is stopped; connect again whenever the database was away."""
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(_log_in_one_line)
        await asyncio.gather(asyncio.to_thread(self._give_sign), asyncio.to_thread(self._warm_up))
        pause, away = RECONNECT, False
        while not self._stopping.is_set():
            if self._other_version:  # its results could differ
                await self._rest(SIGN)
                continue
            try:
                if not await asyncio.to_thread(database.has_tables, self._options.database):
                    raise psycopg.OperationalError("the house has not made its tables there yet")
                async with self._app().open_async() as app:
                    if away:
                        log.info("the database is there again")
                    pause, away = RECONNECT, False
                    self._no_database = ""
                    await self._take_orders(app)
                    if self._stopping.is_set() or self._other_version:
                        continue
                    raise psycopg.OperationalError("the connection was lost")
            except (ConnectorException, psycopg.Error, OSError) as error:
                if not away and not self._stopping.is_set():
                    away = True
                    self._no_database = f"no database: {database.reason(error)}"[:200]
                    log.warning("%s cannot be used: %s. It is tried again", database.described(self._options.database), database.reason(error))
            await self._rest(pause)
            pause = min(2 * pause, LONGEST_RECONNECT)

    def _warm_up(self) -> None:
        """Load what the engine needs, so that the first take is as quick as the others."""
        if not self._engine.voices():
            return  # those of the neural backend come with the takes
        try:
            convert_trial(self._engine, 0.5)
        except Exception:
            log.exception("a trial conversion failed; this is a fault of takevoice, or of the installation")

    async def _take_orders(self, app: App) -> None:
        self._worker_task = asyncio.create_task(
            app.run_worker_async(
                queues=[self._options.queue],
                name=f"{self._options.worker}-{self._options.slot}",
                concurrency=1,
                fetch_job_polling_interval=POLL,
                abort_job_polling_interval=60.0,
                update_heartbeat_interval=database.HEARTBEAT,
                stalled_worker_timeout=4 * database.STALLED,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        if self._stopping.is_set():
            self._end_worker()
        try:
            await self._worker_task
        except asyncio.CancelledError:
            if not self._stopping.is_set() and not self._other_version:
                raise

    def _app(self) -> App:
        connector = PsycopgConnector(
            conninfo=self._options.database,
            min_size=1,
            max_size=3,
            timeout=2 * database.CONNECT,
            configure=database.use_tables_async,
        )
        app = App(connector=connector)
        # What fails is done again, here or elsewhere, for as long as the house wants it.
        retry = RetryStrategy(wait=2, retry_exceptions=[Exception])

        @app.task(name=database.TASK, retry=retry, pass_context=True)
        def convert(context: JobContext, /, **order: Any) -> None:
            self._convert(context.job.attempts, order)

        return app

    def _convert(self, attempts: int, order: dict[str, Any]) -> None:
        try:
            self._conversions.do(attempts, **order)
        except (Interrupted, LacksBackend, Unreachable) as error:
            log.info("%s goes back to the queue%s", order["key"][:8], f": {error}" if str(error) else "")
            raise
        except Exception as error:
            log.warning("%s failed, and is tried again: %s: %s", order["key"][:8], type(error).__name__, error)
            raise

    def _give_sign(self, state: str = "") -> None:
        options, activity = self._options, self._conversions.activity
        sign = {
            "worker": options.worker,
            "slot": options.slot,
            "slots": options.slots,
            "host": socket.gethostname()[:255],
            "queue": options.queue,
            "version": BUILD,
            "doing": activity.doing,
            "doing_seconds": round(time.monotonic() - activity.since, 1) if activity.doing else 0.0,
            "done": activity.done,
            "audio_seconds": round(activity.audio_seconds, 1),
            "state": state or self._other_version or self._no_database or ("working" if activity.doing else "waiting"),
        }
        try:
            said = self._desk.sign(sign)
        except BadKey:
            self._lose_key()
        except Unreachable as error:
            if str(error) not in self._unreached:
                self._unreached.add(str(error))
                log.warning("the house at %s cannot be reached: %s. It is tried again", self._desk.url, error)
        else:
            if self._unreached:
                log.info("the house is there again")
            self._unreached.clear()
            self._compare(str(said.get("version", "")))

    def _lose_key(self) -> None:
        if not self.bad_key.is_set():
            self.bad_key.set()
            log.error("the house does not know this worker's key, or not any more; the worker stops")
            self.stop()

    def _compare(self, house: str) -> None:
        if house == BUILD:
            if self._other_version:
                log.info("the house has version %s, too", house)
                self._other_version = ""
        elif not self._other_version:
            self._other_version = f"version {BUILD}, but the house has {house}"
            log.error("this worker has takevoice %s, but the house %s: it takes no orders. Install that version", BUILD, house)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._end_worker)

    def _end_worker(self) -> None:
        if self._worker_task is not None:
            self._worker_task.cancel()

    def _interrupted(self) -> bool:
        return self._stop_by is not None and time.monotonic() > self._stop_by

    async def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping.is_set() and time.monotonic() < until:
            await asyncio.sleep(0.1)


def _log_in_one_line(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what ended a task that nothing waits for: a take whose end could not be written into the queue."""
    error = context.get("exception")
    if isinstance(error, Interrupted):
        return
    log.warning("the queue could not be told the end of a take: %s", database.reason(error) if error else context.get("message"))
