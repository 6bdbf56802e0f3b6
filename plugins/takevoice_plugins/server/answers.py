"""The answer to a conversion: its bytes as they are made; given up when the client goes away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

from takevoice_plugins.server.conversions import Conversion
from takevoice_plugins.server.problems import ClientGone

log = logging.getLogger("takevoice.server")
MEDIA_TYPE = "application/octet-stream"


async def unless_gone(what: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Waits for `what`; raises ClientGone when the client goes away before. The request must have been read."""
    gone, done = asyncio.create_task(_gone(receive)), asyncio.create_task(what)
    try:
        await asyncio.wait((gone, done), return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            raise ClientGone
    finally:
        gone.cancel()
        done.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class ConversionAnswer(Response):
    """Sends a conversion that has begun. `stalled`: seconds that a client may take for a piece.

    A conversion that fails midway breaks the connection off: that is all that can still be told.
    """

    media_type = MEDIA_TYPE

    def __init__(self, conversion: Conversion, headers: Mapping[str, str], stalled: float) -> None:
        self._conversion, self._stalled = conversion, stalled
        super().__init__(headers=dict(headers))
        del self.headers["content-length"]
        if conversion.done:
            self.headers["content-length"] = str(conversion.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Sends it."""
        conversion, position = self._conversion, 0
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while piece := await self._piece(position, receive):
                position += len(piece)
                async with asyncio.timeout(self._stalled):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            if conversion.error is None:
                await send({"type": "http.response.body", "body": b""})
            else:
                log.warning("a stream broke off: %s", conversion.error)
        except (ClientGone, TimeoutError):
            log.info("a client went away")
        finally:
            conversion.close()

    async def _piece(self, position: int, receive: Receive) -> bytes:
        await unless_gone(self._conversion.begun(position), receive)
        return self._conversion.read(position)
