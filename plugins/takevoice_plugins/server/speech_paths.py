"""The paths of conversions, as the server and the house's server have them."""

from __future__ import annotations

from typing import Protocol

from fastapi import APIRouter, Request, Response

from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.openapi import error_responses, operation

PREFIXES = ("/v1/speech-to-speech", "/v1/voice-changer")


class Serve(Protocol):
    """Answers a request for a conversion."""

    async def __call__(self, request: Request, voice_id: str, *, streaming: bool) -> Response:
        """Return the response. Raises Problem, WrongParameters."""


def speech_paths(serve: Serve, limits: Limits) -> APIRouter:
    """Return the routes of conversions, which `serve` answers."""
    router = APIRouter(tags=["speech-to-speech"])

    async def convert(request: Request, voice_id: str) -> Response:
        """Convert a take to another voice; the response starts when all of it is converted."""
        return await serve(request, voice_id, streaming=False)

    async def stream(request: Request, voice_id: str) -> Response:
        """Convert a take to another voice; the response streams the audio during the conversion."""
        return await serve(request, voice_id, streaming=True)

    for prefix in PREFIXES:
        for path, endpoint, streaming in (("", convert, False), ("/stream", stream, True)):
            router.add_api_route(
                f"{prefix}/{{voice_id}}{path}",
                endpoint,
                methods=["POST"],
                response_class=Response,
                responses=error_responses(),
                openapi_extra=operation(streaming=streaming, limits=limits),
            )
    return router
