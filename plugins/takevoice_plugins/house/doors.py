"""Who may come in: the check of house keys, and the header that promises that nothing is paid twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from takevoice_plugins.house import answers
from takevoice_plugins.house.keys import ADMIN, WORKER, HouseKey, Keys
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.keys import HEADER
from takevoice_plugins.server.problems import Problem

PROMISE = "takevoice-idempotent"
Check = Callable[[Request, str | None], Awaitable[None]]


class Promises:
    """Middleware that promises on every response: a request that is sent again is never worked on, or paid, twice."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""

        async def send_with_promise(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[PROMISE] = "1"
            await send(message)

        await self._app(scope, receive, send_with_promise if scope["type"] == "http" else send)


def key_check(work: Work, keys: Keys, *, admin: bool = False) -> Check:
    """Return a dependency that rejects requests without a key of the house, and stores the key in `request.state.house_key`.

    `admin`: only an administrator's key is accepted.
    """

    async def check(request: Request, given: Annotated[str | None, Header(alias=HEADER)] = None) -> None:
        if given is None:
            raise Problem(
                401, "authentication_error", "needs_authorization", f"There is no key of the house in the header {HEADER}."
            )
        key: HouseKey | None = await work.ledger(keys.find, given)
        if key is None:
            raise answers.invalid_key()
        if key.kind == WORKER:
            raise answers.workers_key(key.name)
        if key.revoked is not None:
            raise answers.key_revoked(key.name)
        if admin and key.kind != ADMIN:
            raise answers.problem(403, "missing_permissions", "Only an administrator's key of the house may see this.")
        request.state.house_key = key

    return check
