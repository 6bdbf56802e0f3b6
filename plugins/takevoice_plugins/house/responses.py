"""The response to a request: the answer from its file, while it arrives or when it is whole."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from fastapi import Response
from starlette.types import Receive, Scope, Send

from takevoice_plugins.house.pending import Pending
from takevoice_plugins.server.problems import ClientDisconnected
from takevoice_plugins.server.responses import MEDIA_TYPE, unless_disconnected

log = logging.getLogger("takevoice.house")


class AnswerResponse(Response):
    """Sends an answer. `stall_timeout`: seconds that the client has to receive a chunk.

    If the rest of an answer does not come, the connection is aborted, as the status has already been sent: the client
    sends the request again, and gets the answer whole.
    """

    media_type = MEDIA_TYPE

    def __init__(self, pending: Pending, headers: Mapping[str, str], stall_timeout: float) -> None:
        self._pending, self._stall_timeout, self._attempt = pending, stall_timeout, pending.attempt
        super().__init__(headers=dict(headers))
        del self.headers["content-length"]
        if pending.done:
            self.headers["content-length"] = str(pending.size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send the response. What is under way is finished and kept, even if the client goes."""
        position = 0
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            while chunk := await self._next_chunk(position, receive):
                position += len(chunk)
                async with asyncio.timeout(self._stall_timeout):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            if self._is_whole(position):
                await send({"type": "http.response.body", "body": b""})
            else:
                log.warning("an answer broke off while it was streamed; the connection is aborted")
        except (ClientDisconnected, TimeoutError):
            log.info("a client disconnected; its answer is kept")

    def _is_whole(self, position: int) -> bool:
        pending = self._pending
        return pending.done and pending.problem is None and pending.attempt == self._attempt and position == pending.size

    async def _next_chunk(self, position: int, receive: Receive) -> bytes:
        pending = self._pending
        while True:
            if not (pending.done and pending.size > position):
                await unless_disconnected(pending.wait_for_bytes(position, self._attempt), receive)
            if pending.problem is not None or pending.attempt != self._attempt:
                return b""
            path, is_kept = pending.path, pending.done
            try:
                return await asyncio.to_thread(pending.read, position)
            except FileNotFoundError:
                if is_kept:
                    raise
                # It has been given its name; `finished` comes once the ledger knows it.
                await unless_disconnected(pending.wait_for_other_path(path), receive)
