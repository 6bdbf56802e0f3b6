"""What the parts of the running house share: its ledger, its files, and the answers that clients wait for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from takevoice_plugins.house import answers
from takevoice_plugins.house.disk import Disk
from takevoice_plugins.house.pending import Pendings
from takevoice_plugins.house.requests import Requests
from takevoice_plugins.house.rows import DAMAGED, DONE, DOUBT, PAID, SENT, UNUSABLE, Row
from takevoice_plugins.house.store import Billed, Store
from takevoice_plugins.house.verdicts import damage, digest_of

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
    _taking_down: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ledger(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads or writes the ledger."""
        loop = asyncio.get_running_loop()
        # Not interrupted: a client that leaves must not take back what is being stored.
        return await asyncio.shield(loop.run_in_executor(self.threads, lambda: call(*args, **kwargs)))

    async def finish(self, row: Row, part: Path, upstream: str, cost: float) -> None:
        """Keep a whole, synced answer that can be used, and give it to those who wait. Raises OSError, LedgerError."""
        await asyncio.to_thread(self.store.note_billed, row.content, Billed(upstream, cost))
        size = await asyncio.to_thread(self.store.keep_answer, row.content, part)
        await self._finished(row, Billed(upstream, cost), size)

    async def finish_kept(self, row: Row) -> Row | None:
        """Do the same for an answer that is kept already, as after a kill, and return None; without one, return the request as it is now.

        One that was billed, and is gone or cannot be used, is in doubt from now on. Raises OSError, LedgerError.
        """
        size, billed, path = self.store.size_of(row.content), self.store.billed(row.content), self.store.answer(row.content)
        if size is None and billed is None:
            return row
        why = "the house was stopped before it had kept its answer" if size is None else await asyncio.to_thread(damage, path, row)
        if size is not None and not why:
            await self._finished(row, billed or Billed(row.upstream, row.credits), size)
            return None
        await asyncio.to_thread(self.store.set_aside, row.content, path)
        upstream, cost = billed or Billed(row.upstream, row.credits)
        return await self.spoil(row, upstream, cost, why) or await self.ledger(self.requests.get, row.content)

    async def spoil(self, row: Row, upstream: str, cost: float | None, why: str) -> Row | None:
        """Record that a request was billed and its answer cannot be used; return it, None if that is known. Raises LedgerError.

        `cost`: in credits; None where it is not known.
        """
        spoilt = await self.ledger(self.requests.spoilt, row.content, (SENT, DOUBT), UNUSABLE, upstream, cost, why)
        self.store.drop_billed(row.content)
        if spoilt is not None:
            log.error("%s: its answer was billed and cannot be used: %s", row.content[:12], why)
        return spoilt

    async def is_sound(self, row: Row) -> bool:
        """Return True if the kept answer to a request can be given. Raises OSError, LedgerError."""
        path = self.store.answer(row.content)
        if await asyncio.to_thread(damage, path, row):
            return False
        if not row.digest:
            await self.ledger(self.requests.note_digest, row.content, await asyncio.to_thread(digest_of, path))
        return True

    async def take_down(self, content: str) -> Row | None:
        """Set a kept answer aside that is not sound any more. Return its request if it is in doubt now, as it was paid for.

        Raises OSError, LedgerError.
        """
        async with self._taking_down:
            row, path = await self.ledger(self.requests.get, content), self.store.answer(content)
            if row is None or row.state != DONE or not (why := await asyncio.to_thread(damage, path, row)):
                return None
            await asyncio.to_thread(self.store.set_aside, content, path)
            log.error("%s: its kept answer is damaged: %s", content[:12], why)
            if row.lane != PAID:
                return None  # it is made again
            return await self.ledger(self.requests.spoilt, content, (DONE,), DAMAGED, row.upstream, row.credits, why)

    async def _finished(self, row: Row, billed: Billed, size: int) -> None:
        digest = await asyncio.to_thread(digest_of, self.store.answer(row.content))
        await self.ledger(self.requests.finish, row.content, *billed, size, "", digest)
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

    async def hold(self, row: Row, why: str) -> None:
        """Hold a request for the house's owner, and tell those who wait."""
        held = await self.ledger(self.requests.hold, row.content, why)
        if held is not None:
            log.warning(
                "%s: held, %s; `takevoice house queue` lists it, `takevoice house release` sends it again", row.content[:12], why
            )
            self.pendings.end(row.content).failed(answers.held(held))
