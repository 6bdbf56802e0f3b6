"""What the parts of the running house share: its ledger, its files, and the answers that clients wait for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from takevoice_plugins.house import answers
from takevoice_plugins.house.disk import Disk
from takevoice_plugins.house.pending import Pendings
from takevoice_plugins.house.requests import Requests
from takevoice_plugins.house.rows import Row
from takevoice_plugins.house.store import Billed, Store

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger("takevoice.house")


@dataclass
class Work:
    """The shared parts; the ledger is used by one thread, in order."""

    requests: Requests
    store: Store
    disk: Disk
    pendings: Pendings
    threads: ThreadPoolExecutor  # for the ledger alone

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads or writes the ledger."""
        loop = asyncio.get_running_loop()
        # Not interrupted: a client that leaves must not take back what is being stored.
        return await asyncio.shield(loop.run_in_executor(self.threads, lambda: call(*args, **kwargs)))

    async def finish(self, row: Row, part: Path, upstream: str, cost: float) -> None:
        """Keep a whole, synced answer and give it to those who wait. Raises OSError, LedgerError."""
        await asyncio.to_thread(self.store.note_billed, row.content, Billed(upstream, cost))
        size = await asyncio.to_thread(self.store.keep_answer, row.content, part)
        await self._finished(row, Billed(upstream, cost), size)

    async def finish_kept(self, row: Row) -> bool:
        """Do the same for an answer that is kept already, as after a kill; False if there is none. Raises LedgerError."""
        size = self.store.size_of(row.content)
        if size is not None:
            await self._finished(row, self.store.billed(row.content) or Billed(row.upstream, row.credits), size)
        return size is not None

    async def _finished(self, row: Row, billed: Billed, size: int) -> None:
        await self.ledger(self.requests.finish, row.content, *billed, size)
        self.store.drop_billed(row.content)
        self.store.drop_upload(row.content)
        self.pendings.end(row.content).finished(self.store.answer(row.content), size)

    async def refuse(self, row: Row, status: int, code: str, message: str) -> None:
        """Record a refusal and tell those who wait."""
        refused = await self.ledger(self.requests.refuse, row.content, status, code, message)
        self.store.drop_upload(row.content)
        if refused is not None:
            log.info("%s: refused, %s: %s", row.content[:12], code, message)
            self.pendings.end(row.content).failed(answers.refused(refused))

    async def drop(self, content: str) -> None:
        """Refuse a held request for good, and tell those who wait."""
        message = "The house's owner has dropped this request."
        dropped = await self.ledger(self.requests.drop, content, f"{message} `takevoice house release {content[:12]}` allows it again.")
        if dropped is not None:
            log.info("%s: dropped", content[:12])
            self.store.drop_upload(content)
            self.pendings.end(content).failed(answers.refused(dropped))

    async def hold(self, row: Row, why: str, billed: float | None = None) -> None:
        """Hold a request for the house's owner, and tell those who wait. `billed`: what it has cost, if that is known."""
        held = await self.ledger(self.requests.hold, row.content, why, billed)
        if held is not None:
            log.warning(
                "%s: held, %s; `takevoice house queue` lists it, `takevoice house release` sends it again", row.content[:12], why
            )
            self.pendings.end(row.content).failed(answers.held(held))
