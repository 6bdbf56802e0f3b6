"""A server that answers each take with itself, a fifth of a second later, and does nothing else: run as `echo_server.py`.

It is as light as a server can be here, so that the client is what is measured. Prints its port.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

DELAY = 0.2  # seconds
VOICES = {"voices": [{"voice_id": "ada", "name": "ada", "category": "premade"}], "has_more": False}
MODELS = [{"model_id": "eleven_multilingual_sts_v2", "name": "sts", "can_do_voice_conversion": True}]

Message = MutableMapping[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """The whole server."""
    if scope["type"] != "http":
        return
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["method"] == "POST":
        await asyncio.sleep(DELAY)
        body, kind = _audio_in(b"".join(parts)), b"audio/wav"
    else:
        body = json.dumps(MODELS if scope["path"].endswith("models") else VOICES).encode()
        kind = b"application/json"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _audio_in(form: bytes) -> bytes:
    """The part named audio."""
    at = form.index(b"\r\n\r\n", form.index(b'name="audio"')) + 4
    boundary = form[: form.index(b"\r\n")]
    return form[at : form.index(b"\r\n" + boundary, at)]


async def main() -> None:
    """Serves until it is stopped."""
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task


if __name__ == "__main__":
    asyncio.run(main())
