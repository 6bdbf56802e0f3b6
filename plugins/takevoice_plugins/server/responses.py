"""The response to a conversion: streams its bytes, and stops it when the client disconnects."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from fastapi import Response
from starlette.types import Receive, Scope, Send

from takevoice_plugins.server.conversions import BufferedConversion
from takevoice_plugins.server.problems import ClientDisconnected

log = logging.getLogger("takevoice.server")
MEDIA_TYPE = "application/octet-stream"


async def unless_disconnected(task: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Wait for `task`; raises ClientDisconnected if the client disconnects first.

    The request body must have been read.
    """
    disconnected, done = asyncio.create_task(_disconnected(receive)), asyncio.create_task(task)
    try:
        await asyncio.wait((disconnected, done), return_when=asyncio.FIRST_COMPLETED)
        if not done.done():
            raise ClientDisconnected
    finally:
        disconnected.cancel()
        done.cancel()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class ConversionResponse(Response):
    """Streams a conversion that has started. `stall_timeout`: seconds that the client has to receive a chunk.

    If the conversion fails midway, the connection is aborted, as the status has already been sent.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self, conversion: BufferedConversion, headers: Mapping[str, str], stall_timeout: float
    ) -> None:
        self._conversion, self._stall_timeout = conversion, stall_timeout
        super().__init__(headers=dict(headers))
        del self.headers["content-length"]
        if conversion.done:
            self.headers["content-length"] = str(conversion.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response; stop the conversion if the client disconnects."""
        conversion, position = self._conversion, 0
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while chunk := await self._next_chunk(position, receive):
                position += len(chunk)
                async with asyncio.timeout(self._stall_timeout):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if conversion.error is None:
                await send({"type": "http.response.body", "body": b""})
            else:
                log.warning(
                    "a conversion failed while streaming, the connection is aborted: %s", conversion.error
                )
        except (ClientDisconnected, TimeoutError):
            log.info("a client disconnected, its conversion is stopped")
        finally:
            conversion.close()

    async def _next_chunk(self, position: int, receive: Receive) -> bytes:
        await unless_disconnected(self._conversion.wait_for_bytes(position), receive)
        return self._conversion.read(position)
