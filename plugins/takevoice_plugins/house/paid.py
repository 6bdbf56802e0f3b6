"""The lane of paid requests: each is sent once, as many at a time as the service has slots, in fair shares over keys."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from takevoice import errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.caps import CapExceeded, CapReached
from takevoice_plugins.house.disk import answer_size
from takevoice_plugins.house.doubts import Doubts
from takevoice_plugins.house.fair import FairQueue
from takevoice_plugins.house.price import Price
from takevoice_plugins.house.rows import DOUBT, QUEUED, SENT, Row
from takevoice_plugins.house.slots import MOST, AdaptiveSlots
from takevoice_plugins.house.store import Billed
from takevoice_plugins.house.turns import Turns
from takevoice_plugins.house.upstream import Sent, Upstream
from takevoice_plugins.house.verdicts import unusable
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.problems import Problem

log = logging.getLogger("takevoice.house")
CLOSED = 60.0  # seconds until the service is asked again after it has refused the house as such
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds after refusals in a row
DISK_PAUSE = 5.0  # seconds until the disk is looked at again that had no room for an answer
CAP_PAUSE = 1.0  # seconds until those that wait at a cap are looked at again, at the latest
LEDGER_PAUSE = 2.0  # seconds until a ledger that could not be written is tried again
SPEED = 4.0  # seconds of audio that a slot converts in a second, until it is measured
TRANSIENT = ("unreachable", "upload_interrupted", "no_slot")
CUT = "answer_truncated"  # the code of an answer that had begun


class PaidLane:
    """Sends what waits. For the event loop."""

    def __init__(self, work: Work, upstream: Upstream, slots: AdaptiveSlots, doubts: Doubts, price: Price) -> None:
        self._work, self._upstream, self._slots, self._doubts, self._price = work, upstream, slots, doubts, price
        self._queue = FairQueue[Row]()
        self._threads = ThreadPoolExecutor(MOST, "paid")
        self._bell = asyncio.Event()
        self._tasks = set[asyncio.Task[None]]()
        self._stopping = False
        self._resume = self._closed_until = 0.0  # monotonic
        self._closed_because = ""
        self._refusals = 0
        self._speed = SPEED
        self._sending: dict[str, Row] = {}
        self._at_cap: list[Row] = []  # until others are billed

    @property
    def slots(self) -> AdaptiveSlots:
        """The slots at the service."""
        return self._slots

    def closed(self) -> Problem | None:
        """Return the refusal for new requests while the service refuses the house; else None."""
        left = self._closed_until - time.monotonic()
        return answers.upstream_closed(self._closed_because, left) if left > 0 else None

    def unserved(self, backend: str) -> Problem | None:  # noqa: ARG002 - there is one service
        """Return None: see `closed`."""
        return None

    def wait_of(self, key: int, entering: float) -> float:
        """Return about how long a new request of this key would wait, in seconds."""
        ahead = self._queue.cost_of(key) + entering
        return ahead * max(1, self._queue.active) / (self._speed * self._slots.limit)

    def turns(self) -> Turns:
        """Return whose turn is next, and how fast the lane is."""
        closed = self.closed() is not None or self._work.disk.problem()
        order = [each for each in self._queue.order() if isinstance(each, int)]
        return Turns(order, 0.0 if closed else self._speed * self._slots.limit)

    def push(self, row: Row) -> None:
        """Have a queued request sent when its turn comes."""
        self._queue.push(row.key, row, row.seconds, urgent=row.urgent)
        self._bell.set()

    def resume(self, row: Row) -> None:
        """Take up a request that an earlier server left: sent ones keep a slot until the history tells."""
        if row.state == QUEUED:
            self.push(row)
        else:
            self._slots.used += 1
            self._start(self._settle(row))

    async def run(self) -> None:
        """Send what waits, until `stop`."""
        while not self._stopping:
            pause = self._resume - time.monotonic()
            if pause <= 0:
                while self._slots.free and (row := self._queue.pop()) is not None:
                    self._slots.used += 1
                    self._start(self._turn(row))
            try:
                async with asyncio.timeout(max(0.05, pause) if pause > 0 else CAP_PAUSE if self._at_cap else None):
                    await self._bell.wait()
            except TimeoutError:
                self._leave_cap()
            self._bell.clear()

    async def stop(self, patience: float) -> bool:
        """Begin nothing more and wait for what is under way; return False if some of it is left to the next server."""
        self._stopping = True
        self._bell.set()
        deadline = time.monotonic() + patience
        while self._sending and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        self._threads.shutdown(wait=False, cancel_futures=True)
        return not self._sending

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a request could not be handled; the next start takes it up", exc_info=error)

    async def _turn(self, queued: Row) -> None:
        try:
            with self._work.disk.promise(answer_size(queued)):
                await self._record_and_send(queued)
        except Problem:  # no room for the answer: nothing was sent
            self._resume = max(self._resume, time.monotonic() + DISK_PAUSE)
            self._queue.push(queued.key, queued, queued.seconds, again=True)
        except CapReached:
            self._at_cap.append(queued)
        except errors.LedgerError as error:
            await self._after_ledger_error(queued, error)
        finally:
            self._slots.used -= 1
            self._bell.set()

    async def _record_and_send(self, queued: Row) -> None:
        try:
            row = await self._work.ledger(self._work.requests.sending, queued.content, self._price.of(queued.seconds))
        except CapExceeded as error:
            log.info("%s: not sent, it %s", queued.content[:12], error)
            refusal = answers.over_cap(error)
            await self._work.refuse(queued, refusal.status, refusal.code, refusal.message)
            return
        if row is not None:
            self._sending[row.content] = row
            try:
                await self._send(row)
            finally:
                del self._sending[row.content]
                self._leave_cap()

    def _leave_cap(self) -> None:
        """Have those looked at again that wait at a cap: something was billed, or was not."""
        waiting, self._at_cap = self._at_cap, []
        for row in waiting:
            self._queue.push(row.key, row, row.seconds, again=True)

    async def _after_ledger_error(self, queued: Row, error: errors.LedgerError) -> None:
        """Try again later: a request that was not recorded as sent was not sent; for one that was, the files tell."""
        log.error("%s; trying again in %g s", error, LEDGER_PAUSE)
        row = await self._read_again(queued)
        if row is not None and row.state == QUEUED:
            self._queue.push(row.key, row, row.seconds, again=True)
        elif row is not None and row.state in (SENT, DOUBT):
            self._slots.used += 1
            self._start(self._settle(row))

    async def _read_again(self, queued: Row) -> Row | None:
        """Return what the ledger has of a request, as soon as it can be read: whether it was sent must be known."""
        while True:
            await asyncio.sleep(LEDGER_PAUSE)
            try:
                return await self._work.ledger(self._work.requests.get, queued.content)
            except errors.LedgerError as error:
                log.error("%s; trying again in %g s", error, LEDGER_PAUSE)

    async def _send(self, row: Row) -> None:
        pending, part = self._work.pendings.get(row.content), self._work.store.new_part()
        upload, began = self._work.store.upload(row.content), time.monotonic()
        now = await self._work.finish_kept(row)  # made after the copy of the ledger that was put back
        if now is None or now.state == DOUBT:
            self._settle_later(now)
            return
        if not upload.exists():
            await self._work.refuse(row, 503, "service_unavailable", "The house has lost the upload; send it again.")
            return
        loop = asyncio.get_running_loop()
        try:
            sent = await loop.run_in_executor(
                self._threads, self._upstream.send, row, upload, part, lambda: pending.began(part), pending.grew
            )
            await self._keep(row, part, sent)
        except errors.BackendError as error:
            if _was_billed(error):
                with suppress(OSError):
                    await asyncio.to_thread(self._work.store.set_aside, row.content, part)
            part.unlink(missing_ok=True)
            await self._failed(row, error)
        except OSError as error:
            log.error("an answer that was paid for cannot be written: %s", error)
            await self._in_doubt(row, f"its answer could not be written: {error}")
        else:
            self._refusals = 0
            self._slots.on_allowed(sent.max_concurrent)
            self._slots.on_success()
            elapsed = max(0.01, time.monotonic() - began)
            self._speed += 0.1 * (row.seconds / elapsed - self._speed)

    async def _keep(self, row: Row, part: Path, sent: Sent) -> None:
        cost = row.credits if sent.credits is None else sent.credits
        self._price.learn(row.seconds, cost)
        why = await asyncio.to_thread(unusable, part, row)
        if not why:
            await self._work.finish(row, part, sent.request_id, cost)
            return
        with suppress(OSError):  # a full disk does not make it an answer that was lost
            await asyncio.to_thread(self._work.store.note_billed, row.content, Billed(sent.request_id, cost))
            await asyncio.to_thread(self._work.store.set_aside, row.content, part)
        await self._spoilt(row, sent.request_id, cost, why)

    async def _failed(self, row: Row, error: errors.BackendError) -> None:
        """Handle an error of the service, by what it may have cost and whether another request would end differently."""
        if _was_billed(error):
            await self._spoilt(row, getattr(error, "request_id", ""), None, getattr(error, "message", "") or error.what)
        elif error.billed is not False:
            await self._in_doubt(row, str(error))
        elif isinstance(error, errors.BackendBusy) or error.code in TRANSIENT:
            await self._again(row, error)
        elif error.blocks:
            await self._close(row, error)
        else:
            await self._work.refuse(row, *answers.refusal_of(error))

    async def _in_doubt(self, row: Row, why: str) -> None:
        self._work.pendings.get(row.content).lost()
        self._settle_later(await self._work.ledger(self._work.requests.doubt, row.content, why))

    async def _spoilt(self, row: Row, upstream: str, cost: float | None, why: str) -> None:
        """Look for a better answer than one that was billed and cannot be used; it is never sent again unless the owner says so."""
        self._work.pendings.get(row.content).lost()
        self._settle_later(await self._work.spoil(row, upstream, cost, why))

    def _settle_later(self, doubted: Row | None) -> None:
        if doubted is not None:
            self._slots.used += 1  # the service may still be at work
            self._start(self._settle(doubted))

    async def _settle(self, row: Row) -> None:
        try:
            again = await self._outcome(row)
            if again is not None:
                self._queue.push(again.key, again, again.seconds, again=True)
        finally:
            self._slots.used -= 1
            self._leave_cap()
            self._bell.set()

    async def _outcome(self, row: Row) -> Row | None:
        """Return a request whose answer was lost if it has to be sent again; None if it is answered or held."""
        while True:
            try:
                now = await self._work.finish_kept(row)
                return None if now is None else await self._doubts.settle(now)
            except (errors.LedgerError, OSError) as error:
                log.error("%s; trying again in %g s", error, LEDGER_PAUSE)
                await asyncio.sleep(LEDGER_PAUSE)

    async def _again(self, row: Row, error: errors.BackendError) -> None:
        """Queue a request again for which the service had no room, or which did not reach it: nothing was billed."""
        retry_after = getattr(error, "retry_after", None)
        pause = retry_after if retry_after is not None else PAUSES[min(self._refusals, len(PAUSES) - 1)]
        if isinstance(error, errors.BackendBusy):
            self._slots.on_allowed(getattr(error, "max_concurrent", None))
            self._slots.on_refused()
        # While others are under way, the next free slot is soon enough.
        if retry_after is not None or self._slots.used <= 1 or not isinstance(error, errors.BackendBusy):
            self._resume = max(self._resume, time.monotonic() + min(pause, CLOSED))
            self._refusals += 1
        log.info("%s: %s; sent again when there is room", row.content[:12], error)
        again = await self._work.ledger(self._work.requests.queue_again, row.content, SENT, why=str(error))
        if again is not None:
            self._queue.push(again.key, again, again.seconds, again=True)

    async def _close(self, row: Row, error: errors.BackendError) -> None:
        """Refuse all that waits: the service refuses the house as such, until a person does something."""
        why = answers.refusal_of(error)[2]
        self._closed_because, self._closed_until = why, time.monotonic() + CLOSED
        log.error("The service refuses the house (%s). Takes wait at their stations; trying again in %.0f s.", error, CLOSED)
        waiting: Row | None = row
        while waiting is not None:
            try:
                await self._work.refuse(waiting, 503, "upstream_closed", f"The service takes no requests of the house now: {why}")
            except errors.LedgerError:
                if waiting is not row:  # it was not sent, and waits on
                    self._queue.push(waiting.key, waiting, waiting.seconds, again=True)
                raise
            waiting = self._queue.pop()


def _was_billed(error: errors.BackendError) -> bool:
    """Return True where the service has answered, and the answer cannot be used: no audio, or cut."""
    return isinstance(error, errors.BadResult) or error.code == CUT
