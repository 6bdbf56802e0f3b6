"""Paid requests whose answers were lost: found in the account's history, sent again, or held for the house's owner."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

from takevoice import HistoryItem, errors
from takevoice_plugins.house.history import (
    WRONG_CLOCK,
    Finding,
    Found,
    candidates,
    in_format,
    is_anothers,
    look,
    since_of,
)
from takevoice_plugins.house.likeness import read_answer
from takevoice_plugins.house.rows import BILLED, DAMAGED, DOUBT, HELD, SENT, Row
from takevoice_plugins.house.store import sync
from takevoice_plugins.house.upstream import Upstream
from takevoice_plugins.house.verdicts import unusable
from takevoice_plugins.house.work import Work

log = logging.getLogger("takevoice.house")
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between two questions; the last one repeats
LATENCY = 0.3  # seconds that a conversion takes for a second of audio, at most
FIXED = 3.0  # and for each request
TIMES = 3  # this many times as long may pass before an answer counts as never made
FETCHED = 32  # conversions of the history that are kept in memory
SENDS = 3  # times that a request goes out whose answer is lost each time: a service that bills it each time must not go on all night
UNREADABLE = 3600.0  # seconds for which a history that cannot be read is asked again


class Doubts:
    """Settles requests whose outcome is unknown."""

    def __init__(self, work: Work, upstream: Upstream, history_wait: float) -> None:
        self._work, self._upstream, self._wait = work, upstream, history_wait
        self._fetched: dict[str, bytes] = {}
        self._matching = asyncio.Lock()  # one at a time: no conversion is taken for two requests

    async def settle(self, row: Row) -> Row | None:
        """Find out what became of a request. Return it if it has to be sent again; None if it is answered or held.

        Raises:
            LedgerError, OSError: what became of it cannot be stored now.
        """
        if not row.request.get("enable_logging", True):
            await self._work.hold(row, _billed_in_words(row) or "requests without logging leave no trace in the account's history")
            return None
        log.info("%s: the answer was lost; asking the account's history", row.content[:12])
        # Longer each time: a history that is late may have it then. What was answered once and kept is there by now, or never.
        longer = 2 ** (min(max(row.attempts, 1), SENDS) - 1)
        patience = 0.0 if row.code == DAMAGED else (self._wait + TIMES * (FIXED + LATENCY * row.seconds)) * longer
        began, tries = time.monotonic(), 0  # the clock may be set meanwhile
        while True:
            waited = time.monotonic() - began
            late = waited >= patience
            # Once more before it is paid again: neither the clock of this machine nor the expected price need be right.
            found = await (self._look_up(row) if row.code in BILLED and row.upstream else self._look(row, strict=not late))
            if row.code in BILLED and found is None and late:
                await self._work.hold(row, f"{_billed_in_words(row)}; the account's history cannot be read")
                return None
            if found is None:
                if waited > UNREADABLE:
                    await self._work.hold(row, "the history of the account cannot be read")
                    return None
            elif found.finding is Finding.FOUND:
                return None
            elif row.code in BILLED and (late or found.finding is Finding.UNCLEAR):
                await self._work.hold(row, _billed_in_words(row))
                return None
            elif late and found.finding is Finding.UNCLEAR:
                # Not before: others that are in doubt may account for all but one of them.
                await self._work.hold(row, found.why)
                return None
            elif late and row.attempts >= SENDS:
                await self._work.hold(row, f"its answer was lost {row.attempts} times, and the account's history has none")
                return None
            elif late:
                log.info("%s: not in the account's history, so it is sent again", row.content[:12])
                return await self._work.ledger(self._work.requests.queue_again, row.content, SENT, DOUBT, lost=True)
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1

    async def _look(self, row: Row, *, strict: bool) -> Found | None:
        """Ask once, and keep the answer if it is there; None if the history cannot be read. Raises LedgerError, OSError."""
        async with self._matching:
            try:
                found = await self._find(row, strict=strict)
            except (errors.BackendError, FileNotFoundError) as error:
                log.warning("%s: the account's history cannot be read: %s", row.content[:12], error)
                return None
            except (errors.LedgerError, OSError):
                raise
            except Exception:
                log.exception("%s: cannot be compared with the account's history; this is a fault of takevoice", row.content[:12])
                return Found(Finding.UNCLEAR, why="comparing it with the account's history failed, see the log")
            if found.finding is Finding.FOUND and found.item is not None and not await self._keep(row, found, found.item):
                return Found(Finding.UNCLEAR, why="its conversion in the account's history cannot be used")
            return found

    async def _look_up(self, row: Row) -> Found | None:
        """Ask for the very conversion that was billed, and keep it if it can be used; None if the history cannot be read.

        Raises LedgerError, OSError.
        """
        wanted, sent = str(row.request["output_format"]), row.sent or row.created
        try:
            items = await asyncio.to_thread(self._upstream.history, since_of(row, strict=False), sent + WRONG_CLOCK)
            item = next((each for each in items if row.upstream in (each.request_id, each.id)), None)
            if item is None:
                return Found(Finding.MISSING)
            audio = await asyncio.to_thread(self._audio, item.id)
        except errors.BackendError as error:
            log.warning("%s: the account's history cannot be read: %s", row.content[:12], error)
            return None
        if await asyncio.to_thread(read_answer, audio, wanted) is None:
            return Found(Finding.UNCLEAR)
        found = Found(Finding.FOUND, item, await asyncio.to_thread(in_format, audio, wanted))
        return found if await self._keep(row, found, item) else Found(Finding.UNCLEAR)

    async def _find(self, row: Row, *, strict: bool) -> Found:
        """Return what the history has. Raises BackendError: it cannot be read."""
        items = await asyncio.to_thread(self._upstream.history, since_of(row, strict=strict))
        possible = candidates(row, items, (), strict=strict)
        ids = [name for item in possible for name in (item.id, item.request_id) if name]
        taken = await self._work.ledger(self._work.requests.accounted, ids)
        possible = candidates(row, possible, taken, strict=strict)
        upload = self._work.store.upload(row.content)
        found = await asyncio.to_thread(look, row, upload, possible, self._audio)
        if found.finding is Finding.FOUND and found.item is not None:
            others = await self._others(row)
            if await asyncio.to_thread(is_anothers, row, upload, others, self._audio(found.item.id)):
                return Found(Finding.UNCLEAR, why="the conversion that is most like it is more like another take")
        return found

    async def _others(self, row: Row) -> list[tuple[Row, Path]]:
        """Return the other requests of the same voice that may have been billed, with their uploads."""
        rows = await self._work.ledger(self._work.requests.in_states, (SENT, DOUBT, HELD))
        alike = [each for each in rows if each.content != row.content and each.request["voice_id"] == row.request["voice_id"]]
        return [(each, self._work.store.upload(each.content)) for each in alike]

    def _audio(self, item: str) -> bytes:
        """Return the audio of a conversion; several requests in doubt ask for the same ones."""
        if item not in self._fetched:
            audio = self._upstream.history_audio(item)
            while len(self._fetched) >= FETCHED:
                del self._fetched[next(iter(self._fetched))]
            self._fetched[item] = audio
        return self._fetched[item]

    async def _keep(self, row: Row, found: Found, item: HistoryItem) -> bool:
        """Keep an answer of the history; return False if it cannot be used. Raises LedgerError, OSError."""
        part = self._work.store.new_part()
        await asyncio.to_thread(part.write_bytes, found.audio)
        await asyncio.to_thread(sync, part)
        if await asyncio.to_thread(unusable, part, row):
            part.unlink(missing_ok=True)
            return False
        log.info("%s: found in the account's history", row.content[:12])
        await self._work.finish(row, part, item.request_id or item.id, float(item.credits) or row.credits)
        return True


def _billed_in_words(row: Row) -> str:
    """Return why a request that was billed has no answer, and what sending it again costs; "" for one that may not have been."""
    if row.code not in BILLED:
        return ""
    what = "paid for, but its kept answer is damaged" if row.code == DAMAGED else "answered, but the answer cannot be used"
    return f"{what}: {row.message}; {row.credits:,.0f} credits; released, it is sent and billed once more"
