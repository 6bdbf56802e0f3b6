"""The lane of free conversions: given to the farm, which may do one twice; the first whole answer is kept."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Collection, Sequence
from pathlib import Path

from takevoice_plugins.house import answers
from takevoice_plugins.house.keys import WORKER, Keys
from takevoice_plugins.house.pace import Pace
from takevoice_plugins.house.pending import Pending
from takevoice_plugins.house.rows import FREE, QUEUED, RUNNING, Row
from takevoice_plugins.house.seam import Farm, FarmUnavailable, Order, queue_of
from takevoice_plugins.house.turns import Turns
from takevoice_plugins.house.verdicts import digest_of, unusable
from takevoice_plugins.house.voice_files import VoiceFiles
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.problems import Problem

log = logging.getLogger("takevoice.house")
SWEEP = 30.0  # seconds between two comparisons of the ledger with the farm
SOON = 5.0  # the same, while the farm cannot be reached
URGENT = 10**9  # goes before everything


def order_of(row: Row, priority: int = 0) -> Order:
    """Return a request of this lane as an order."""
    urgent = URGENT if row.urgent else 0
    queue = queue_of(row.backend)
    return Order(row.content, row.lease, queue, priority + urgent, row.backend, row.request, row.sample_rate, row.frames)


class FreeLane:
    """Gives requests to the farm. For the event loop."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._farm: Farm | None = None
        self._away = False  # it could not be reached
        self._now = 0.0  # virtual time of the fair shares
        self._ends: dict[int, float] = {}
        self._open: dict[str, tuple[float, Row]] = {}  # starts of requests that have no answer
        self._pace = Pace()

    def use(self, farm: Farm) -> None:
        """Have this farm do the work."""
        self._farm = farm

    def closed(self) -> Problem | None:
        """Return None: what a farm cannot do now waits in the ledger."""
        return None

    def unserved(self, backend: str) -> Problem | None:
        """Return the refusal for new requests that no worker can do now; else None."""
        if self._farm is None or self._farm.serves(queue_of(backend)):
            return None
        return answers.no_worker(queue_of(backend))

    def wait_of(self, key: int, entering: float) -> float:
        """Return about how long a new request of this key would wait, in seconds."""
        mine = entering + sum(row.seconds for _, row in self._open.values() if row.key == key)
        return mine * max(1, len({row.key for _, row in self._open.values()})) / self._pace.speed

    def stuck(self) -> Problem | None:
        """Return why nothing of what waits here begins: there is no worker for it; else None."""
        refusals = [self.unserved(backend) for backend in {row.backend for _, row in self._open.values()}]
        return next((each for each in refusals if each is not None), None)

    def turns(self, waiting: Collection[str]) -> Turns:
        """Return whose turn is next, of requests that have not begun, by their content keys; and how fast the farm is."""
        found = sorted((not row.urgent, start, row.key) for content, (start, row) in self._open.items() if content in waiting)
        works = self.stuck() is None and not self._away
        return Turns(list(dict.fromkeys(key for *_, key in found)), self._pace.speed if works else 0.0)

    def resume(self, row: Row) -> None:
        """Take up a request that an earlier server left: the sweep at the start gives it to the farm, unless it has it."""
        self._note(row)

    def push(self, row: Row) -> None:
        """Give a request to the farm."""
        task = asyncio.create_task(self._submit(row, self._note(row)))
        task.add_done_callback(lambda done: done.exception())

    def _note(self, row: Row) -> float:
        """Return the virtual time at which a request may begin: its place in the fair shares."""
        if not self._open:
            self._pace.begin()
        if row.content not in self._open:
            start = max(self._now, self._ends.get(row.key, 0.0))
            self._ends[row.key] = start + row.seconds
            self._open[row.content] = start, row
        return self._open[row.content][0]

    async def _submit(self, row: Row, start: float) -> None:
        running = await self._work.ledger(self._work.requests.running, row.content, secrets.token_hex(16))
        if running is None:  # answered between the sweep's look into the ledger and the one into the farm
            self._open.pop(row.content, None)
        if running is None or self._farm is None:
            return
        try:
            await asyncio.to_thread(self._farm.submit, order_of(running, -int(start * 10)))
        except FarmUnavailable as error:
            self._away = True
            log.warning("the farm cannot be reached (%s); takes wait in the house's ledger", error)

    def ended(self, content: str) -> None:
        """Note that a request has its answer, or will have none."""
        start, row = self._open.pop(content, (0.0, None))
        self._now = max(self._now, start)
        if row is not None:
            self._pace.ended(row.seconds)

    async def run(self) -> None:
        """Submit what the farm does not know: at the start, and every 30 seconds."""
        while True:
            await self.sweep()
            for _ in range(round(SWEEP / SOON)):
                await asyncio.sleep(SOON)
                if self._away:
                    break

    async def sweep(self) -> None:
        """Submit again what the farm does not know: it lost it, or could not be reached."""
        rows = [row for row in await self._work.ledger(self._work.requests.in_states, (QUEUED, RUNNING)) if row.lane == FREE]
        if not rows or self._farm is None:
            return
        try:
            known = await asyncio.to_thread(self._farm.known, [row.content for row in rows])
        except FarmUnavailable:
            self._away = True
            return
        self._away = False
        for row in rows:
            if row.content not in known:
                self.push(row)


class FarmOffice:
    """What a farm may ask of the house (see `seam.FarmDesk`). Blocks; for threads."""

    def __init__(self, work: Work, keys: Keys, lane: FreeLane, files: VoiceFiles, loop: asyncio.AbstractEventLoop) -> None:
        self._work, self._keys, self._lane, self._files, self._loop = work, keys, lane, files, loop

    def unfinished(self) -> Sequence[Order]:
        """Return the orders that are not answered."""
        rows = self._work.requests.in_states((QUEUED, RUNNING))
        return [order_of(row) for row in rows if row.lane == FREE and row.lease]

    def audio(self, key: str, lease: str) -> Path:
        """Return the mono take of an order. Raises KeyError."""
        row = self._work.requests.get(key)
        if row is None or row.state != RUNNING or not secrets.compare_digest(row.lease, lease):
            raise KeyError(key)
        return self._work.store.upload(key)

    def new_part(self, key: str) -> Path:  # noqa: ARG002 - another house may use folders
        """Return a new path for an answer."""
        return self._work.store.new_part()

    def began(self, key: str, lease: str, worker: str) -> None:
        """Note which worker has an order."""
        self._work.requests.began(key, lease, worker)

    def grew(self, key: str, part: Path, size: int) -> None:
        """Let clients that stream read the start of an answer; only for the one that is surely whole in the end."""
        self._loop.call_soon_threadsafe(self._grow, key, part, size)

    def _grow(self, key: str, part: Path, size: int) -> None:
        pending: Pending = self._work.pendings.get(key)
        if pending.path is None:
            pending.began(part)
        pending.grew(size)

    def answered(self, key: str, lease: str, part: Path) -> bool:
        """Keep a whole answer; False: another was first, or nothing waits for it."""
        row = self._work.requests.get(key)
        if row is None or row.state not in (QUEUED, RUNNING) or not lease or row.lease != lease:
            part.unlink(missing_ok=True)
            return False
        if why := unusable(part, row):
            part.unlink(missing_ok=True)
            log.error("%s: the answer of %s cannot be used: %s", key[:12], row.worker or "the server", why)
            self.refused(key, lease, "internal_error", f"The conversion failed: {why}.", again=True)
            return False
        size = self._work.store.keep_answer(key, part)
        digest = digest_of(self._work.store.answer(key))
        first = self._work.requests.finish(key, "", 0.0, size, lease, digest) is not None
        part.unlink(missing_ok=True)
        self._work.store.drop_upload(key)
        self._loop.call_soon_threadsafe(self._finished, key, size)
        return first

    def _finished(self, key: str, size: int) -> None:
        self._lane.ended(key)
        self._work.pendings.end(key).finished(self._work.store.answer(key), size)

    def refused(self, key: str, lease: str, code: str, message: str, *, again: bool) -> None:
        """Note that there will be no answer: the engine refuses the take, or with `again` has failed for good."""
        row = self._work.requests.get(key)
        if row is None or row.lease != lease:
            return
        refused = self._work.requests.refuse(key, 500 if again else 400, code, message)
        self._work.store.drop_upload(key)
        if refused is not None:
            self._loop.call_soon_threadsafe(self._refused, refused)

    def _refused(self, row: Row) -> None:
        self._lane.ended(row.content)
        self._work.pendings.end(row.content).failed(answers.refused(row))

    def voice_file(self, voice_id: str) -> Path | None:
        """Return the file of a cloned voice, which a worker may not have."""
        return self._files.path(voice_id)

    def recordings_file(self, voice_id: str) -> Path | None:
        """Return the recordings of a cloned voice, which the neural backend needs."""
        return self._files.recordings(voice_id)

    def worker_of(self, token: str) -> str | None:
        """Return the name that belongs to a worker's token; None if it is unknown or revoked."""
        key = self._keys.find(token)
        return key.name if key is not None and key.kind == WORKER and key.revoked is None else None
