"""The ASGI application of the house's server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from takevoice import __version__, errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.disk import disk_failure
from takevoice_plugins.house.doors import Promises, key_check
from takevoice_plugins.house.house import House
from takevoice_plugins.house.listings import listing_routes
from takevoice_plugins.house.overview import By
from takevoice_plugins.house.overview_page import overview_routes, page_routes
from takevoice_plugins.house.speech import speech_routes
from takevoice_plugins.server.account import account_routes
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.headers import RequestIds
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import (
    Problem,
    WrongParameters,
    failure_response,
    problem_response,
    unknown_endpoint_response,
    wrong_parameters_response,
)
from takevoice_plugins.server.refusals import ReadsUploads
from takevoice_plugins.server.stopping import EndsRequests, RunningRequests
from takevoice_plugins.server.voices import voice_routes

PATIENCE = 10.0  # seconds that paid requests get to end when the server stops
FarmRoutes = Callable[[House], APIRouter]


def create_app(
    make_house: Callable[[], House],
    limits: Limits,
    aliases: Aliases,
    *,
    farm_routes: FarmRoutes | None = None,
    on_started: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the application. `make_house` is called in the event loop; `farm_routes` are those for workers."""
    running = RunningRequests()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house = app.state.house = make_house()
        await house.start()
        _include(app, house, limits, aliases, farm_routes)
        on_started()
        try:
            yield
        finally:
            app.state.whole = await house.stop(PATIENCE)

    app = FastAPI(title="takevoice", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.running, app.state.whole = running, True
    app.add_middleware(ReadsUploads, limits=limits)
    app.add_middleware(EndsRequests, running=running)
    app.add_middleware(RequestIds)
    app.add_middleware(Promises)
    app.add_exception_handler(Problem, problem_response)
    app.add_exception_handler(WrongParameters, wrong_parameters_response)
    app.add_exception_handler(RequestValidationError, wrong_parameters_response)
    app.add_exception_handler(HTTPException, unknown_endpoint_response)
    for kind in (OSError, errors.LedgerError):
        app.add_exception_handler(kind, disk_failure)
    app.add_exception_handler(Exception, failure_response)
    return app


def _include(app: FastAPI, house: House, limits: Limits, aliases: Aliases, farm_routes: FarmRoutes | None) -> None:
    key = [Depends(key_check(house.work, house.keys))]
    app.include_router(speech_routes(house.gate, house.work, limits, lambda: house.room, house.stations), dependencies=key)
    if house.upstream is not None:
        lists = [listing_routes(house.upstream, house.offers)]
    else:
        lists = [voice_routes(house.offers, aliases), account_routes()]
    for routes in lists:
        app.include_router(routes, dependencies=key)
    app.include_router(_own_routes(house), dependencies=key)
    app.include_router(overview_routes(house), dependencies=key)
    app.include_router(_lists(house), dependencies=[Depends(key_check(house.work, house.keys, admin=True))])
    if farm_routes is not None:
        app.include_router(farm_routes(house))
    app.include_router(page_routes())  # last: its path is that of all files


def _own_routes(house: House) -> APIRouter:
    router = APIRouter(prefix="/house/v1", tags=["house"])

    @router.get("/me")
    async def get_me(request: Request) -> dict[str, Any]:
        """Whose key this is; by this answer, `takevoice join` recognises a house."""
        key = request.state.house_key
        used = await house.reading.call(house.reading.overview.used_today)
        return {
            "name": key.name,
            "project": key.project,
            "cap": key.cap,
            "used_today": used.get(key.name, 0.0),
            "paid": house.paid is not None,
        }

    return router


def _lists(house: House) -> APIRouter:
    router = APIRouter(prefix="/house/v1", tags=["house"])

    @router.get("/queue")
    async def get_queue() -> list[dict[str, Any]]:
        """The requests without an answer, oldest first."""
        return await house.reading.call(house.reading.overview.queue)

    @router.get("/costs")
    async def get_costs(by: By = "person", since: str = "") -> list[dict[str, Any]]:
        """What was billed, by person, project, voice or day."""
        return await house.reading.call(house.reading.overview.costs, by, since)

    @router.get("/state")
    async def get_state() -> dict[str, Any]:
        """What the house is doing now: slots, and whether the service is closed to it."""
        closed = house.paid.closed() if house.paid is not None else None
        full = answers.no_room().message if house.work.disk.problem() else ""
        slots = house.paid.slots if house.paid is not None else None
        return {
            "paid": house.paid is not None,
            "slots": slots.limit if slots is not None else None,
            "in_use": slots.used if slots is not None else None,
            "closed": full or (closed.message if closed is not None else ""),
            "given": await house.reading.call(house.reading.overview.given),
            "used_today": await house.reading.call(house.reading.overview.used_today),
        }

    return router
