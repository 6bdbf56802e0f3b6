"""What is only shown, read apart from the requests: by a thread and a connection of its own, and never more than a share of the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast

from takevoice_plugins.house.database import Database
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.overview import Overview

P = ParamSpec("P")
T = TypeVar("T")
REST = 50.0  # times as long as a sum took, it is good: half a million charges take half a second to add up


class Reading:
    """Reads the ledger for those who look at it. SQLite lets it read while the requests write."""

    def __init__(self, database: Database) -> None:
        """Open the ledger of `database` once more. Raises LedgerError."""
        self.database = database.another()
        self.keys, self.overview = Keys(self.database), Overview(self.database)
        self._threads = ThreadPoolExecutor(1, "house-overview")
        self._sums: dict[Hashable, tuple[float, Any]] = {}

    async def call(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that reads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))

    def sums(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what a call that adds up many rows returns, or has returned a moment ago. For the thread of `call`."""
        what = (call.__qualname__, *args)
        began = time.monotonic()
        if what in self._sums and began < self._sums[what][0]:
            return cast(T, self._sums[what][1])
        found = call(*args, **kwargs)
        now = time.monotonic()
        self._sums = {each: kept for each, kept in self._sums.items() if kept[0] > now}
        self._sums[what] = now + REST * (now - began), found
        return found

    def close(self) -> None:
        """End what is being read, and close the connection."""
        self.database.interrupt()
        self._threads.shutdown(cancel_futures=True)
        self.database.close()
