"""The ASGI application: routes, error responses, request ids, and the API key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from takevoice import __version__
from takevoice_plugins.server.account import account_routes
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.conversions import ConversionPool
from takevoice_plugins.server.engine import Engine
from takevoice_plugins.server.headers import RequestIds
from takevoice_plugins.server.keys import key_check
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.origins import OwnPagesOnly
from takevoice_plugins.server.problems import (
    Problem,
    WrongParameters,
    failure_response,
    problem_response,
    unknown_endpoint_response,
    wrong_parameters_response,
)
from takevoice_plugins.server.refusals import ReadsUploads
from takevoice_plugins.server.speech import speech_routes
from takevoice_plugins.server.stopping import EndsRequests, RunningRequests
from takevoice_plugins.server.upload import UploadFolders
from takevoice_plugins.server.voices import voice_routes

LAST_PATIENCE = 0.3  # seconds that conversions get to end after their requests have


def create_app(
    engine: Engine, limits: Limits, api_key: str | None = None, aliases: Aliases | None = None
) -> FastAPI:
    """Return the speech-to-speech API for `engine`.

    `api_key`: the key that clients must send; None accepts any, but no requests of foreign web pages.
    `aliases`: other ids for voices; None for those of the official documentation's voices.
    """
    aliases = Aliases() if aliases is None else aliases
    conversions, running, folders = ConversionPool(limits.conversions), RunningRequests(), UploadFolders()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await conversions.close(LAST_PATIENCE)

    # The pages at /docs would load scripts from other servers.
    app = FastAPI(title="takevoice", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.conversions, app.state.running, app.state.folders = conversions, running, folders
    if api_key is None:
        app.add_middleware(OwnPagesOnly)
    app.add_middleware(ReadsUploads, limits=limits)
    app.add_middleware(EndsRequests, running=running)
    app.add_middleware(RequestIds)
    app.add_exception_handler(Problem, problem_response)
    app.add_exception_handler(WrongParameters, wrong_parameters_response)
    app.add_exception_handler(RequestValidationError, wrong_parameters_response)
    app.add_exception_handler(HTTPException, unknown_endpoint_response)
    app.add_exception_handler(Exception, failure_response)
    key = [Depends(key_check(api_key))]
    speech = speech_routes(engine, limits, conversions, aliases, folders)
    for routes in (speech, voice_routes(engine, aliases), account_routes()):
        app.include_router(routes, dependencies=key)
    return app
