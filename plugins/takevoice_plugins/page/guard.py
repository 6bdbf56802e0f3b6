"""What every request has to pass, and what every answer carries: Host, Origin, sizes, security headers."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from takevoice_plugins.page.replies import problem

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}
LOCAL = ("127.0.0.1", "localhost", "[::1]")
_HOST = re.compile(r"(\[[^\]]*\]|[^:@/]+)(?::\d+)?")
BODY = 1_000_000  # bytes of a request, but for dropped files
UPLOAD = "/api/files"


class Guard:
    """Middleware that refuses what no page of ours sends, before anything else looks at it."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app, self._hosts = app, frozenset((*LOCAL, *hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        refusal = self._refusal(Headers(scope=scope), scope["path"])
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            await problem(*refusal)(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers, path: str) -> tuple[int, str, str] | None:
        """Return status, code and text of what is wrong with a request; None when nothing is."""
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            return 421, "host", "this name is not one of the page's"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return 403, "origin", "the request comes from another site"
        if path == UPLOAD:
            return None
        if "transfer-encoding" in headers:
            return 411, "length", "the length of the request is missing"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY:
            return 413, "too_large", "the request is too large"
        return None


def _name_of(host: str) -> str:
    """Return a Host header without its port, in lower case; "" where it is none."""
    found = _HOST.fullmatch(host.lower())
    return found[1] if found else ""
