"""What the service lists, through the house: voices, models, the plan. The real key stays here."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request

from takevoice import errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.upstream import Upstream
from takevoice_plugins.server.account import HistoryBody, SubscriptionBody, UserBody

FRESH = 30.0  # seconds for which an answer of the service is given again: fifty stations ask when they start
MOST = 500  # answers kept at once
PATHS = (
    "/v1/voices", "/v2/voices", "/v1/voices/settings/default", "/v1/voices/{voice_id}", "/v1/voices/{voice_id}/settings",
    "/v1/models", "/v1/user/subscription",
)  # fmt: skip


class _Listings:
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    async def get(self, request: Request) -> Any:
        """Return what the service has at the path of a request."""
        name = request.url.path, request.url.query
        at, kept = self._kept.get(name, (0.0, None))
        if time.monotonic() - at < FRESH and at:
            return kept
        try:
            query = dict(request.query_params)
            kept = await asyncio.to_thread(self._upstream.get_json, request.url.path, query)
        except errors.BackendError as error:
            if error.blocks or isinstance(error, errors.BackendBusy):
                raise answers.upstream_closed(str(error), 10.0) from None
            raise answers.problem(*answers.refusal_of(error)) from None
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[name] = time.monotonic(), kept
        return kept


def listing_routes(upstream: Upstream) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["listings"])
    listings = _Listings(upstream)

    async def get(request: Request) -> Any:
        """What the service lists."""
        return await listings.get(request)

    for path in PATHS:
        router.add_api_route(path, get, methods=["GET"])

    @router.get("/v1/user")
    def get_user() -> UserBody:
        """The user of the house; the account behind it is not shown."""
        return UserBody(user_id="house", subscription=SubscriptionBody())

    @router.get("/v1/history")
    def list_history() -> HistoryBody:
        """Nothing: the account's history has the takes of all."""
        return HistoryBody()

    return router
