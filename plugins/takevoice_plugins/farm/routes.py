"""What workers ask of the house's server: takes, and a place for their answers.

A worker shows its token with each request, and the lease of an order opens that one take only.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from takevoice_plugins.farm.roster import Roster, Sign
from takevoice_plugins.house.seam import FarmDesk
from takevoice_plugins.server.engine_version import BUILD
from takevoice_plugins.server.problems import Problem, voice_not_found

PREFIX = "/farm/v1"
MAX_ANSWER = 500_000_000  # bytes
Key = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]
VoiceId = Annotated[str, PathParameter(pattern="^[A-Za-z0-9_-]{1,128}$")]
OrderLease = Annotated[str, Header(alias="takevoice-lease", max_length=200)]


class Refusal(BaseModel):
    """Why a worker does not convert a take. `again`: it tried, and failed for a reason that is not the take's."""

    code: str = Field(pattern="^[a-z_]{1,60}$")
    message: str = Field(max_length=500)
    again: bool = False


def farm_routes(roster: Roster, desk: FarmDesk, admin: Sequence[Any]) -> APIRouter:
    """Return the routes for workers, and the list of workers for those whom `admin` lets in."""
    routes = APIRouter()
    routes.include_router(_for_workers(roster, desk))
    routes.include_router(_for_people(roster), dependencies=admin)
    return routes


def _for_workers(roster: Roster, desk: FarmDesk) -> APIRouter:
    router = APIRouter(prefix=PREFIX, include_in_schema=False, dependencies=[Depends(_worker_check(desk))])

    @router.post("/workers")
    def sign_of_life(request: Request, sign: Sign) -> dict[str, Any]:
        """Note that a worker is there; tell it what the house runs."""
        name = request.state.worker
        roster.heard(name, sign)
        return {"version": BUILD, "name": name}

    @router.get("/takes/{key}")
    def take(request: Request, key: Key, lease: OrderLease) -> Response:
        """Send the take of an order."""
        path = _audio(desk, key, lease)
        desk.began(key, lease, request.state.worker)
        return FileResponse(path, media_type="application/octet-stream")

    @router.put("/answers/{key}")
    async def answer(request: Request, key: Key, lease: OrderLease) -> Response:
        """Keep an answer if it is whole and the first one."""
        await asyncio.to_thread(_audio, desk, key, lease)
        part = await asyncio.to_thread(desk.new_part, key)
        try:
            await _receive(request, part)
            first = await asyncio.to_thread(desk.answered, key, lease, part)
        except ClientDisconnect:
            return Response(status_code=499)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)
        if not first:
            raise _gone()
        return Response(status_code=204)

    @router.get("/voices/{voice_id}")
    def voice(voice_id: VoiceId) -> Response:
        """Send a cloned voice."""
        path = desk.voice_file(voice_id)
        if path is None:
            raise voice_not_found(voice_id)
        return FileResponse(path, media_type="application/json")

    @router.get("/voices/{voice_id}/recordings")
    def recordings(voice_id: VoiceId) -> Response:
        """Send the recordings of a cloned voice."""
        path = desk.recordings_file(voice_id)
        if path is None:
            raise voice_not_found(voice_id)
        return FileResponse(path, media_type="audio/flac")

    @router.post("/refusals/{key}")
    def refusal(key: Key, lease: OrderLease, body: Refusal) -> Response:
        """Note that a take cannot be converted."""
        _audio(desk, key, lease)
        desk.refused(key, lease, body.code, body.message, again=body.again)
        return Response(status_code=204)

    return router


def _for_people(roster: Roster) -> APIRouter:
    router = APIRouter(prefix="/house/v1", tags=["house"])

    @router.get("/workers")
    def get_workers() -> list[dict[str, Any]]:
        """The workers, what they do, and when they were last heard."""
        return roster.workers()

    return router


def _worker_check(desk: FarmDesk) -> Callable[[Request, str], None]:
    def check(request: Request, authorization: Annotated[str, Header()] = "") -> None:
        scheme, _, token = authorization.partition(" ")
        name = desk.worker_of(token) if scheme == "Bearer" and token else None
        if name is None:
            message = "This is not the key of a worker; `takevoice house add NAME --worker` makes one."
            raise Problem(401, "authentication_error", "invalid_worker_key", message)
        request.state.worker = name

    return check


def _audio(desk: FarmDesk, key: str, lease: str) -> Path:
    try:
        return desk.audio(key, lease)
    except KeyError:
        raise _gone() from None


def _gone() -> Problem:
    return Problem(409, "conflict", "not_wanted", "The house does not need this take converted, or not any more.")


async def _receive(request: Request, part: Path) -> None:
    """Write the body to a file, and have the disk keep it."""
    size = 0
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_ANSWER:
                raise Problem(413, "invalid_request", "request_too_large", "The answer is too large.")
            await asyncio.to_thread(file.write, chunk)
        await asyncio.to_thread(_keep, file)
    finally:
        with suppress(OSError):
            file.close()


def _keep(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
