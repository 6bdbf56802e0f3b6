"""The ASGI application: the page's files, its API, and who may use it."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request, Response, params
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from takevoice import Office, __version__, errors
from takevoice_plugins.page import replies
from takevoice_plugins.page.access import Access
from takevoice_plugins.page.assets import load_assets
from takevoice_plugins.page.auditions import audition_routes
from takevoice_plugins.page.casting import casting_routes
from takevoice_plugins.page.files import file_routes
from takevoice_plugins.page.guard import Guard
from takevoice_plugins.page.house import house_routes
from takevoice_plugins.page.jobs import job_routes
from takevoice_plugins.page.listening import sound_routes
from takevoice_plugins.page.notices import Notices
from takevoice_plugins.page.options import PageOptions
from takevoice_plugins.page.overview import overview_routes
from takevoice_plugins.page.replies import Json, Refused
from takevoice_plugins.page.sounds import OpenSounds
from takevoice_plugins.page.stream import stream_routes


class Code(BaseModel):
    """A code from an address that `takevoice open` made."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=100)


def create_app(office: Office, options: PageOptions, access: Access, closing: threading.Event, notices: Notices) -> FastAPI:
    """Return the page of an office. Once `closing` is set, its event streams end, and nothing more is measured."""
    app = FastAPI(title="takevoice page", version=__version__, responses=replies.PROBLEMS, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, hosts=options.hosts)
    app.add_exception_handler(Refused, replies.refused_reply)
    app.add_exception_handler(errors.TakevoiceError, replies.error_reply)
    app.add_exception_handler(RequestValidationError, replies.invalid_reply)
    app.add_exception_handler(HTTPException, replies.http_reply)
    app.add_exception_handler(Exception, replies.failure_reply)
    app.state.open_sounds = open_sounds = OpenSounds()
    with_token = [Depends(_token_check(access))]
    with_files, with_ticket = file_routes(office)
    for routes in (
        job_routes(office),
        sound_routes(office, open_sounds, closing),
        overview_routes(office),
        house_routes(office),
        casting_routes(office),
        audition_routes(office),
        stream_routes(office, open_sounds, closing, notices),
        with_files,
    ):
        app.include_router(routes, dependencies=with_token)
    app.include_router(with_ticket)
    _add_access(app, access, with_token)
    _add_assets(app)
    return app


def _token_check(access: Access) -> Callable[[str], Awaitable[None]]:
    async def check(authorization: Annotated[str, Header()] = "") -> None:
        if not access.allows(authorization):
            raise Refused(401, "token", "this browser may not use the page", "run `takevoice open`")

    return check


def _add_access(app: FastAPI, access: Access, with_token: Sequence[params.Depends]) -> None:
    @app.post("/api/code", dependencies=with_token)
    async def code() -> Json:
        return Json({"code": access.new_code()})

    @app.post("/api/enter")
    async def enter(given: Code) -> Json:
        token = access.token_for(given.code)
        if token is None:
            raise Refused(403, "code", "this address was used already, or is too old", "run `takevoice open` again")
        return Json({"token": token})


def _add_assets(app: FastAPI) -> None:
    assets = load_assets()

    @app.get("/{path:path}")
    async def asset(path: str, request: Request) -> Response:
        found = assets.get(f"/{path}")
        if found is None:
            raise Refused(404, "not_found", "there is no such page")
        headers = {"etag": found.etag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.body, 200, headers, found.media_type)
