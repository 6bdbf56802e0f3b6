"""The event stream: what has changed, as server-sent events that the page reads with its token.

It says that something is new, not what: the page then asks again for what it shows. So a break loses nothing.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from takevoice import JobFilter, Office, State, errors
from takevoice_plugins.page.notices import Notices
from takevoice_plugins.page.sounds import OpenSounds

POLL = 0.25  # seconds between two looks at the ledger
BEAT = 10  # seconds after which a silent stream shows that it is there
PROGRESS = 1.0  # seconds between two reports of progress
UNDER_WAY = (State.CONVERTING, State.RESTORING)


def stream_routes(office: Office, open_sounds: OpenSounds, closing: threading.Event, notices: Notices) -> APIRouter:
    """Return the route. Once `closing` is set, all streams end."""
    routes = APIRouter()

    @routes.get("/api/events")
    async def events() -> StreamingResponse:
        watch = _Watch(office, open_sounds, notices)
        return StreamingResponse(_events(watch, closing), media_type="text/event-stream")

    return routes


class _Watch:
    """What one page has seen last."""

    def __init__(self, office: Office, open_sounds: OpenSounds, notices: Notices) -> None:
        self._office, self._open_sounds = office, open_sounds
        self._notices, self._noticed = notices, notices.count
        self._version: tuple[int, bool, bool] | None = None
        self._progress: Mapping[int, float] = {}
        self._looks = 0

    def look(self) -> list[tuple[str, Any]]:
        """Return the events since the last look."""
        office = self._office
        found: list[tuple[str, Any]] = [("drained", notice) for notice in self._notices.after(self._noticed)]
        self._noticed += len(found)
        self._looks += 1
        try:
            version = (office.data_version(), office.is_running(), office.is_paused())
            if version != self._version:
                self._version = version
                counts = {state.value: count for state, count in office.counts().items()}
                found.append(("changed", {"running": version[1], "paused": version[2], "jobs": counts}))
            if self._looks % round(PROGRESS / POLL) == 1:
                self._open_sounds.close_idle()
                jobs = office.ledger.search.jobs(JobFilter(UNDER_WAY), 50)
                progress = {job.id: round(job.progress, 3) for job in jobs}
                if progress != self._progress:
                    self._progress = progress
                    found.append(("progress", list(progress.items())))
        except errors.LedgerError as error:
            found.append(("problem", str(error)))
        return found


async def _events(watch: _Watch, closing: threading.Event) -> AsyncIterator[bytes]:
    silent = 0.0
    while not closing.is_set():
        events = await run_in_threadpool(watch.look)
        silent = 0.0 if events else silent + POLL
        for name, data in events:
            yield f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
        if silent >= BEAT:
            silent = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(POLL)
    yield b"event: bye\ndata: {}\n\n"
