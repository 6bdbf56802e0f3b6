"""The running house: its parts put together, what an earlier server left, and what runs until it stops."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from takevoice import errors
from takevoice_plugins.house import keeping
from takevoice_plugins.house.caps import Caps
from takevoice_plugins.house.clock import WallClock
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.disk import Disk
from takevoice_plugins.house.doubts import Doubts
from takevoice_plugins.house.free import FarmOffice, FreeLane
from takevoice_plugins.house.gate import Gate, Lane
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.offers import Offers
from takevoice_plugins.house.options import HouseOptions
from takevoice_plugins.house.overview import RELEASE, Overview
from takevoice_plugins.house.paid import PaidLane
from takevoice_plugins.house.pending import Pendings
from takevoice_plugins.house.price import LATELY, Price
from takevoice_plugins.house.reading import Reading
from takevoice_plugins.house.requests import UNFINISHED, Requests
from takevoice_plugins.house.rows import FREE, PAID
from takevoice_plugins.house.seam import Farm
from takevoice_plugins.house.slots import AdaptiveSlots, Room
from takevoice_plugins.house.stations import Stations
from takevoice_plugins.house.store import Store
from takevoice_plugins.house.upstream import Upstream
from takevoice_plugins.house.voice_files import VoiceFiles
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.limits import Limits

log = logging.getLogger("takevoice.house")
LOOK = 1.0  # seconds between two looks for decisions of the owner
PRUNE = 3600.0  # seconds
OpenFarm = Callable[[FarmOffice], Farm]


class House:
    """Everything that runs. Made in the event loop."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        options: HouseOptions,
        limits: Limits,
        offers: Offers,
        upstream: Upstream | None,
        open_farm: OpenFarm,
        voice_files: VoiceFiles,
    ) -> None:
        """`upstream`: the service, for a house that pays; None for one whose conversions are all free."""
        loop = asyncio.get_running_loop()
        self.database, self.options, self.limits, self.upstream = database, options, limits, upstream
        self.offers = offers
        self.keys, self.overview, self.stations = Keys(database), Overview(database), Stations()
        self.reading = Reading(database)
        store, requests = Store(folder), Requests(database, Caps(options.per_day, options.projects))
        self.work = Work(requests, store, Disk(folder), Pendings(loop), ThreadPoolExecutor(1, "house-ledger"))
        self.free = FreeLane(self.work)
        self.paid: PaidLane | None = None
        self.price = Price(requests.billed_lately(LATELY))
        lanes: dict[str, Lane] = {FREE: self.free}
        if upstream is not None:
            doubts = Doubts(self.work, upstream, options.history_wait)
            self.paid = lanes[PAID] = PaidLane(self.work, upstream, AdaptiveSlots(options.slots), doubts, self.price)
        self.office = FarmOffice(self.work, self.keys, self.free, voice_files, loop)
        self.farm: Farm | None = None
        self._open_farm, self._lanes = open_farm, lanes
        self.gate = Gate(self.work, options, limits, lanes, offers, voice_files, self.price)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def room(self) -> Room:
        """How many requests a station may have here at once."""
        return Room(self.paid.slots.limit if self.paid is not None else self.limits.conversions)

    async def start(self) -> None:
        """Take up what an earlier server left, and run."""
        self.work.store.clear_parts()
        self.farm = await asyncio.to_thread(self._open_farm, self.office)
        self.free.use(self.farm)
        for row in await self.work.ledger(self.work.requests.in_states, UNFINISHED):
            lane = self._lanes.get(row.lane)
            if lane is not None:
                lane.resume(row)
        runs = [self.free.run, self._decisions, self._prune, *([self.paid.run] if self.paid is not None else [])]
        self._tasks = [asyncio.create_task(_kept_running(run)) for run in runs]

    async def stop(self, patience: float) -> bool:
        """End what runs; return False if paid requests are left to the history and the next server."""
        if self.farm is not None:
            await asyncio.to_thread(self.farm.close)
        whole = self.paid is None or await self.paid.stop(patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.to_thread(self.reading.close)
        return whole

    async def _decisions(self) -> None:
        while True:
            for number, content, verb in await self.work.ledger(self.overview.decisions):
                await self._act(content, verb)
                await self.work.ledger(self.overview.forget_decision, number)
            await asyncio.sleep(LOOK)

    async def _act(self, content: str, verb: str) -> None:
        if verb == RELEASE:
            self.work.store.drop_billed(content)  # it is about an earlier answer
            row = await self.work.ledger(self.work.requests.release, content)
            if row is not None:
                log.info("%s: released; it is sent again", content[:12])
                self._lanes[row.lane].push(row)
            return
        await self.work.drop(content)

    async def _prune(self) -> None:
        options, clock = self.options, WallClock()
        while True:
            # What is old by a clock that was only just set may be of today, and was paid for.
            days = options.keep_days if clock.was_steady() else math.inf
            # Not by the ledger's own thread: there may be many, and requests go on between two batches.
            gone = await asyncio.to_thread(keeping.prune, self.database, self.work.store, days, options.keep_gb)
            if gone:
                log.info("%d kept answers removed, as they are older than %g days or too many", gone, options.keep_days)
            await asyncio.sleep(PRUNE)


async def _kept_running(run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run something for as long as the house does: an error of the disk or the ledger ends one round only."""
    while True:
        try:
            await run()
            return
        except (errors.TakevoiceError, OSError) as error:
            log.error("%s; trying again in %g s", error, LOOK)
            await asyncio.sleep(LOOK)
