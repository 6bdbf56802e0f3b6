"""The project's own API server with faults: it delays, refuses, breaks off, truncates, and notes every request it works on.

    python faulty.py LOG SEED [CALM]

Prints its port. LOG gets a line for each conversion asked for: the time, the take's mark, and what was done to it; "refused" after
another word says that the server had no room for it. With CALM there are no faults.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from takevoice_plugins.server.app import create_app
from takevoice_plugins.server.engine import LocalEngine
from takevoice_plugins.server.limits import Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

FAULTS = {"429": 0.10, "500": 0.04, "truncated": 0.04, "dropped": 0.04, "late": 0.25}
"""How often each happens; the other requests are answered at once."""
MARK = b"takevoice mark "
MARK_SIZE = len(MARK) + 8


class Faulty:
    """ASGI middleware around the server."""

    def __init__(self, app: Any, log: Path, seed: int, faults: dict[str, float]) -> None:
        self._app, self._log, self._random, self._faults = app, log, random.Random(seed), faults

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        at = body.find(MARK)
        if at < 0:
            return  # the daemon was killed while it sent: no whole request has come
        mark = body[at : at + MARK_SIZE].decode("ascii", "replace")
        fault = self._choose()
        # Noted before it is done: what is not here has never been asked for.
        self._note(mark, fault)

        async def noting(message: Message) -> None:
            if message.get("status") == 429 and fault != "429":
                self._note(mark, "refused")
            await send(message)

        await getattr(self, f"_{fault}", self._fine)(scope, _again(body, receive), noting)

    def _note(self, mark: str, what: str) -> None:
        with self._log.open("a") as file:
            file.write(f"{time.time():.3f}\t{mark}\t{what}\n")

    def _choose(self) -> str:
        names = [*self._faults, "fine"]
        weights = [*self._faults.values(), 1 - sum(self._faults.values())]
        return self._random.choices(names, weights)[0]

    async def _fine(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _late(self, scope: Message, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._random.uniform(0.1, 1.5))
        await self._app(scope, receive, send)

    async def _429(self, _scope: Message, _receive: Receive, send: Send) -> None:
        text = b'{"detail": {"status": "too_many_concurrent_requests", "message": "try again"}}'
        await _answer(send, 429, text)

    async def _500(self, _scope: Message, _receive: Receive, send: Send) -> None:
        await _answer(send, 500, b'{"detail": "Internal Server Error"}')

    async def _truncated(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._broken_off(scope, receive, send, 0.5)

    async def _dropped(self, scope: Message, receive: Receive, send: Send) -> None:
        await self._broken_off(scope, receive, send, 0.0)

    async def _broken_off(self, scope: Message, receive: Receive, send: Send, share: float) -> None:
        """The whole answer's headers, and only a part of its body; then the connection ends."""
        start: Message = {}
        body = b""

        async def keep(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            else:
                body += message.get("body", b"")

        await self._app(scope, receive, keep)
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        await send(start | {"headers": [*headers, (b"content-length", str(len(body) + 1).encode())]})
        await send({"type": "http.response.body", "body": body[: int(len(body) * share)]})


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False) and message["type"] == "http.request"
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, and then what really comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _answer(send: Send, status: int, text: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def main(log: str, seed: str, calm: str = "") -> None:
    app = Faulty(create_app(LocalEngine(), Limits()), Path(log), int(seed), {} if calm else FAULTS)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)

    async def serve() -> None:
        task = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        print(server.servers[0].sockets[0].getsockname()[1], flush=True)
        await task

    asyncio.run(serve())


if __name__ == "__main__":
    main(*sys.argv[1:])
