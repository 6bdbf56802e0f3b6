"""The requests in progress, so that they can be ended with an answer when the server stops."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from takevoice_plugins.server.problems import Problem, response_for

log = logging.getLogger("takevoice.server")


class RunningRequests:
    """The tasks of all requests in progress."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopping = False

    def stop(self) -> None:
        """End all of them. To be called in the event loop."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a request; one that is ended gets status 503, or its connection is closed if its response has begun."""
        task = asyncio.current_task()
        assert task is not None
        started = False

        async def noticing(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        self._tasks.add(task)
        try:
            await app(scope, receive, noticing)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            if started:
                log.info("%s: ended, because the server stops", scope["state"]["request_id"])
            else:
                await response_for(scope["state"]["request_id"], _stopping())(scope, receive, send)
        finally:
            self._tasks.discard(task)


class EndsRequests:
    """Middleware that keeps track of the requests in progress."""

    def __init__(self, app: ASGIApp, running: RunningRequests) -> None:
        self._app, self._running = app, running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            await self._running.run(self._app, scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _stopping() -> Problem:
    message = "The server is stopping; try again later."
    headers = {"Retry-After": "5", "Connection": "close"}
    return Problem(503, "service_unavailable", "service_unavailable", message, headers)
