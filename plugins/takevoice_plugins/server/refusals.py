"""Refusals that come before the upload has been read.

The response is sent at once, and then the rest of the upload is read and thrown away: many clients read no response
before they have sent everything, and closing the connection under them would destroy it.
"""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from takevoice_plugins.server.limits import Limits


class ReadsUploads:
    """Middleware that reads what the application has left of a request's body."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._limits)
        await self._app(scope, exchange.receive, exchange.send)


class _Exchange:
    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._receive, self._send, self._limits = receive, send, limits
        headers = Headers(scope=scope)
        # A client that asks first whether it may send sends nothing before it is allowed to.
        self._silent = headers.get("expect", "").lower() == "100-continue"
        self._complete = headers.get("content-length", "") == "0"

    async def receive(self) -> MutableMapping[str, Any]:
        self._silent = False
        message = await self._receive()
        self._complete = self._complete or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and not self._complete:
            MutableHeaders(scope=message)["connection"] = "close"
            self._silent = self._silent or message["status"] == HTTPStatus.REQUEST_TIMEOUT
        last = message["type"] == "http.response.body" and not message.get("more_body", False)
        if not last or self._complete or self._silent:
            await self._send(message)
            return
        await self._send({**message, "more_body": True})
        await self._discard()
        await self._send({"type": "http.response.body", "body": b""})

    async def _discard(self) -> None:
        read = 0
        try:
            async with asyncio.timeout(self._limits.stall_timeout):
                while not self._complete and read < self._limits.max_discarded:
                    read += len((await self.receive()).get("body", b""))
        except TimeoutError:
            pass
