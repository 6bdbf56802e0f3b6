"""The overview of the house in a browser: one page that reads, and changes nothing. A key of the house says who looks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from takevoice import __version__
from takevoice_plugins.house import answers
from takevoice_plugins.house.house import House
from takevoice_plugins.house.keys import ADMIN, HouseKey
from takevoice_plugins.house.overview import By
from takevoice_plugins.house.rows import FREE, PAID
from takevoice_plugins.house.schedule import Schedule, not_begun
from takevoice_plugins.house.stations import Waiting
from takevoice_plugins.house.summary import Summary, given, given_to
from takevoice_plugins.house.turns import Turns
from takevoice_plugins.house.words import HOUSE, caps_of
from takevoice_plugins.page.assets import Asset, load_assets
from takevoice_plugins.page.guard import SECURITY

PATH = "/house"
SHARED = (
    "/page.css", "/house.css", "/icon.svg", "/core/api.js", "/core/dom.js", "/core/format.js", "/parts/dialog.js", "/parts/frame.js",
    "/screens/house.js",
)  # fmt: skip
"""The files of a station's page that this page is made of: the frame, and the one screen that a key of the house allows."""
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
    return {**{path: shared[path] for path in SHARED}, **own}


def overview_routes(house: House) -> APIRouter:
    """Return the route of what the page shows: all of it for an administrator, a person's own for a person."""
    router = APIRouter(prefix=f"{PATH}/v1", tags=["house"])

    @router.get("/overview")
    async def get_overview(request: Request, by: By = "person", since: str = "") -> dict[str, Any]:
        """What the house does: its queue by person and project, whose turn it is, what is held, workers, costs."""
        key: HouseKey = request.state.house_key
        turns, minute = await _turns(house), house.price.of(60) if house.paid is not None else 0
        found: dict[str, Any] = await house.reading.call(_from_ledger, house, key, by, since, turns, minute)
        return {**_now(house, key), **found}

    return router


async def _turns(house: House) -> Mapping[str, Turns]:
    """Return whose turn it is, by lane, the house's own first."""
    paid = {} if house.paid is None else {PAID: house.paid.turns()}
    return {**paid, FREE: house.free.turns(await house.reading.call(not_begun, house.reading.database))}


def _now(house: House, key: HouseKey) -> dict[str, Any]:
    paid = house.paid
    workers: Workers | None = getattr(house.farm, "workers", None)
    return {
        "version": __version__,
        "name": key.name,
        "admin": key.kind == ADMIN,
        "paid": paid is not None,
        "slots": paid.slots.limit if paid is not None else None,
        "in_use": paid.slots.used if paid is not None else None,
        "closed": _closed(house),
        "workers": None if workers is None or key.kind != ADMIN else workers(),
    }


def _closed(house: House) -> str:
    """Return what all wait for, in a line for people; empty if the house works."""
    if house.work.disk.problem():
        return answers.no_room().message
    closed = house.paid.closed() if house.paid is not None else None
    closed = closed or house.free.stuck()
    return closed.message if closed is not None else ""


def _from_ledger(house: House, key: HouseKey, by: By, since: str, turns: Mapping[str, Turns], minute: int) -> dict[str, Any]:
    reading, admin = house.reading, key.kind == ADMIN
    summary = Summary(reading.database, key)
    people, busy = reading.keys.all(), summary.busy()
    stations = {each.id: house.stations.waiting(each.id, busy=each.id in busy) for each in people}
    over = _over_a_cap(house, people, stations, minute) if minute else set()
    fitting = {each.id: Waiting() if each.id in over else stations[each.id] for each in people}
    schedule = Schedule(reading.database, turns, people, fitting)
    return {
        "queue": summary.queue(schedule),
        "held": summary.held(),
        "people": summary.people(people, stations, schedule, over),
        "projects": summary.projects(house.options.projects),
        "today": summary.today(),
        "per_day": house.options.per_day if admin else None,
        "given": given_to(key, reading.sums(given, reading.database)),
        "costs": reading.sums(reading.overview.costs, by, since) if admin else [],
    }


def _over_a_cap(house: House, keys: Sequence[HouseKey], stations: Mapping[int, Waiting], minute: int) -> set[int]:
    """Return the keys whose stations still have more than a cap of the person, the project or the house allows today.

    `minute`: what a minute of audio costs.
    """
    left = {each.whose: each.cap - each.used for each in caps_of(house.reading.database, house.options) if each.cap is not None}

    def is_over(key: HouseKey) -> bool:
        cost = stations[key.id].seconds * minute / 60
        return cost > min(left.get(whose, math.inf) for whose in (key.name, f"project {key.project}", HOUSE))

    return {key.id for key in keys if stations[key.id].seconds and is_over(key)}
