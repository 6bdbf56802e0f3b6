"""The server's connections: how many there may be, and how long one may stay silent.

A connection costs a client nothing, so silent ones must not keep others out. One that does not finish its request's
headers in time is closed, and one that does not read its responses; when all places are taken, the one that has been
silent for longest makes room.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from takevoice_plugins.server.limits import Limits

_FULL = json.dumps(
    {
        "detail": {
            "type": "rate_limit_error",
            "code": "system_busy",
            "message": "The server has too many connections; try again later.",
            "status": "system_busy",
            "request_id": "",
        }
    }
).encode()
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_FULL), _FULL)
)


class Connections:
    """All connections of one server."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: set[Connection] = set()

    def protocol(self) -> type[asyncio.Protocol]:
        """Return the class of protocol for uvicorn."""
        connections = self

        class Ours(Connection):
            registry = connections

        return Ours

    @property
    def header_timeout(self) -> float:
        """Seconds that a client has for the headers of a request."""
        return self._limits.header_timeout

    @property
    def read_timeout(self) -> float:
        """Seconds that a client may leave what it is sent unread."""
        return self._limits.stall_timeout

    def admit(self, new: Connection) -> bool:
        """Add a connection; return False if there is no place for it."""
        if len(self._all) >= self._limits.connections:
            silent = [each for each in self._all if each.waits_for_client]
            if not silent:
                return False
            min(silent, key=lambda each: each.heard).drop()
        self._all.add(new)
        return True

    def forget(self, gone: Connection) -> None:
        """Remove a connection."""
        self._all.discard(gone)


class Connection(H11Protocol):
    """A connection of uvicorn's that remembers when the client was last heard."""

    registry: Connections
    heard = 0.0  # time of the loop
    _deadline: asyncio.TimerHandle | None = None  # for headers
    _unread: asyncio.TimerHandle | None = None  # for what has been sent

    @property
    def waits_for_client(self) -> bool:
        """True while the next step is the client's: a request, the rest of one, or to read a response."""
        cycle: Any = self.cycle  # None before the first request
        return cycle is None or self.flow.write_paused or bool(cycle.response_complete or cycle.more_body)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Admit the connection or refuse it."""
        super().connection_made(transport)
        self.heard = self.loop.time()
        if self.registry.admit(self):
            self._expect_headers()
        else:
            transport.write(_REFUSAL)
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Take in what the client has sent."""
        self.heard = self.loop.time()
        if self.transport.is_closing():
            return
        between = self._is_between_requests()
        super().data_received(data)
        if not self._is_between_requests():
            self._stop_deadline()
        elif between and self._deadline is None and self.conn.trailing_data[0]:
            self._expect_headers()  # of a further request, of which only a part is there

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place free."""
        self._stop_deadline()
        self._stop_unread()
        self.registry.forget(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Stop sending: the client has not read what is on its way. It must do so in time."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.registry.read_timeout, self.drop)

    def resume_writing(self) -> None:
        """Continue: the client has read, which is a sign of life."""
        self._stop_unread()
        self.heard = self.loop.time()
        super().resume_writing()

    def drop(self) -> None:
        """End the connection at once."""
        self.registry.forget(self)
        self.transport.abort()

    def _should_upgrade(self) -> bool:
        """Ignore that a client would like a WebSocket: there is none here, and uvicorn would advise to install a library."""
        return False

    def _is_between_requests(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or bool(cycle.response_complete)

    def _expect_headers(self) -> None:
        self._deadline = self.loop.call_later(self.registry.header_timeout, self._give_up)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        if self._is_between_requests():
            self.drop()
