"""The overview of the house in a browser: one page that reads, and changes nothing. A key of the house says who looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from takevoice import __version__
from takevoice_plugins.house import answers
from takevoice_plugins.house.house import House
from takevoice_plugins.house.keys import ADMIN, HouseKey
from takevoice_plugins.house.overview import BY
from takevoice_plugins.house.summary import Summary
from takevoice_plugins.page.assets import Asset, load_assets
from takevoice_plugins.page.guard import SECURITY

PATH = "/house"
_SHARED = ("/page.css", "/icon.svg", "/core/dom.js", "/core/format.js")  # of the page of a station
Workers = Callable[[], list[dict[str, Any]]]


def page_routes() -> APIRouter:
    """Return the routes of the page's files, which need no key: they say nothing about the house."""
    router = APIRouter(prefix=PATH, include_in_schema=False)
    assets = _assets()

    @router.get("")
    def get_without_slash() -> Response:
        return RedirectResponse(f"{PATH}/")

    @router.get("/{path:path}")
    def get_asset(path: str, request: Request) -> Response:
        found = assets.get(f"/{path}")
        if found is None:
            raise answers.problem(404, "not_found", "There is no such page.")
        headers = {**SECURITY, "etag": found.etag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.body, 200, headers, found.media_type)

    return router


def _assets() -> Mapping[str, Asset]:
    shared, own = load_assets(), load_assets("takevoice_plugins.house")
    return {**{path: shared[path] for path in _SHARED}, **own}


def overview_routes(house: House) -> APIRouter:
    """Return the route of what the page shows: all of it for an administrator, a person's own for a person."""
    router = APIRouter(prefix=f"{PATH}/v1", tags=["house"])

    @router.get("/overview")
    async def get_overview(request: Request, by: str = "person", since: str = "") -> dict[str, Any]:
        """What the house does: its queue by person and project, what is held, workers, costs."""
        key: HouseKey = request.state.house_key
        found: dict[str, Any] = await house.work.ledger(_from_ledger, house, key, by if by in BY else BY[0], since)
        return {**_now(house, key), **found}

    return router


def _now(house: House, key: HouseKey) -> dict[str, Any]:
    paid = house.paid
    closed = paid.closed() if paid is not None else None
    workers: Workers | None = getattr(house.farm, "workers", None)
    return {
        "version": __version__,
        "name": key.name,
        "admin": key.kind == ADMIN,
        "paid": paid is not None,
        "slots": paid.slots.limit if paid is not None else None,
        "in_use": paid.slots.used if paid is not None else None,
        "closed": answers.no_room().message if house.work.disk.problem() else closed.message if closed is not None else "",
        "workers": None if workers is None or key.kind != ADMIN else workers(),
    }


def _from_ledger(house: House, key: HouseKey, by: str, since: str) -> dict[str, Any]:
    summary, admin = Summary(house.database, key), key.kind == ADMIN
    people, busy = house.keys.all(), summary.busy()
    return {
        "queue": summary.queue(),
        "held": summary.held(),
        "people": summary.people(people, {each.id: house.stations.waiting(each.id, busy=each.id in busy) for each in people}),
        "projects": summary.projects(house.options.projects),
        "today": summary.today(),
        "per_day": house.options.per_day if admin else None,
        "given": summary.given(),
        "costs": house.overview.costs(by, since) if admin else [],
    }
