"""Which web pages may use a server without a key: none but its own.

A page of another site reaches a server on the reader's machine by its address, or by a name that leads there (DNS rebinding).
It cannot send a key that it does not know, so only a server without one has to look at the headers.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from takevoice import is_loopback
from takevoice_plugins.server.problems import Problem, response_for


class OwnPagesOnly:
    """Middleware that refuses requests under a foreign name, and those of foreign pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http" and (problem := _problem(Headers(scope=scope))):
            await response_for(scope["state"]["request_id"], problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _problem(headers: Headers) -> Problem | None:
    host, origin = headers.get("host", ""), headers.get("origin")
    if not is_loopback(_name(f"//{host}")):
        return _forbidden("host", "is not this machine; use http://127.0.0.1, or start the server with a key")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return _forbidden("origin", "is another site; start the server with a key to use it from there")
    return None


def _name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _forbidden(header: str, why: str) -> Problem:
    return Problem(403, "permission_error", "forbidden_origin", f"The {header} of the request {why}.")
