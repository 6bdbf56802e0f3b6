"""What the service lists, through the house: voices, models, the plan; with the voices of the house's own engines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from takevoice import Voice, errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.offers import Offers
from takevoice_plugins.house.upstream import Upstream
from takevoice_plugins.server.account import HistoryBody, SubscriptionBody, UserBody
from takevoice_plugins.server.voices import Search, SettingsBody, matches, voice_body

FRESH = 30.0  # seconds for which an answer of the service is given again: fifty stations ask when they start
MOST = 500  # answers kept at once
PATHS = (
    "/v1/voices", "/v2/voices", "/v1/voices/settings/default", "/v1/voices/{voice_id}", "/v1/voices/{voice_id}/settings",
    "/v1/models", "/v1/user/subscription",
)  # fmt: skip
_LISTS = "/v1/voices", "/v2/voices"


class _Listings:
    def __init__(self, upstream: Upstream, offers: Offers) -> None:
        self._upstream, self._offers = upstream, offers
        self._kept: dict[tuple[str, str], tuple[float, Any]] = {}

    async def get(self, request: Request) -> Any:
        """Return what there is at the path of a request: the service's, and the voices of the house's engines."""
        own = {voice.id: voice for voice in self._offers.others()}
        voice = own.get(request.path_params.get("voice_id", ""))
        if voice is not None:
            return SettingsBody.defaults() if request.url.path.endswith("/settings") else voice_body(voice)
        found = await self.of_service(request.url.path, request.url.query, dict(request.query_params))
        if request.url.path in _LISTS and "next_page_token" not in request.query_params:
            return _with(found, [each for each in own.values() if _is_wanted(request, each)])
        return found

    async def of_service(self, path: str, query: str = "", values: Mapping[str, str] = MappingProxyType({})) -> Any:
        """Return what the service lists at a path; what it listed last while it refuses the house. Raises Problem."""
        name = path, query
        at, kept = self._kept.get(name, (0.0, None))
        if time.monotonic() - at < FRESH and at:
            return kept
        try:
            kept = await asyncio.to_thread(self._upstream.get_json, path, dict(values))
        except errors.BackendError as error:
            if error.blocks or isinstance(error, errors.BackendBusy):
                if at:  # takes whose answers are kept, and free ones, need the voices
                    return kept
                raise answers.upstream_closed(str(error), 10.0) from None
            raise answers.problem(*answers.refusal_of(error)) from None
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[name] = time.monotonic(), kept
        return kept


def _is_wanted(request: Request, voice: Voice) -> bool:
    """Return True if a voice is among those that a request searches for."""
    query = {name: value for name, value in request.query_params.items() if name in Search.model_fields}
    if "voice_ids" in query:
        query["voice_ids"] = request.query_params.getlist("voice_ids")  # type: ignore[assignment]
    try:
        return matches(Search.model_validate(query), voice)
    except ValidationError:  # something that only the service knows
        return False


def _with(found: Any, voices: Sequence[Voice]) -> Any:
    """Return a list of the service with more voices at its end."""
    if not voices or not isinstance(found, dict) or not isinstance(found.get("voices"), list):
        return found
    more = [voice_body(voice).model_dump(mode="json") for voice in voices]
    total = {"total_count": found["total_count"] + len(more)} if found.get("total_count") else {}
    return {**found, **total, "voices": [*found["voices"], *more]}


def listing_routes(upstream: Upstream, offers: Offers) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["listings"])
    listings = _Listings(upstream, offers)

    async def get(request: Request) -> Any:
        """What the service lists."""
        return await listings.get(request)

    for path in PATHS:
        router.add_api_route(path, get, methods=["GET"])

    @router.get("/v1/user")
    async def get_user() -> dict[str, Any]:
        """The user of the house, with the account's plan; the account behind it is not shown."""
        body = UserBody(user_id="house", subscription=SubscriptionBody()).model_dump(mode="json")
        return {**body, "subscription": await listings.of_service("/v1/user/subscription")}

    @router.get("/v1/history")
    def list_history() -> HistoryBody:
        """Nothing: the account's history has the takes of all."""
        return HistoryBody()

    return router
