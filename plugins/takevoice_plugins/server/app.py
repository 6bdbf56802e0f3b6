"""The ASGI application: routes, error responses, request ids, and the API key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError

from takevoice import __version__
from takevoice_plugins.server.account import account_routes
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.conversions import ConversionPool
from takevoice_plugins.server.engine import Engine
from takevoice_plugins.server.headers import RequestIds
from takevoice_plugins.server.keys import key_check
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import (
    Problem,
    WrongParameters,
    failure_response,
    problem_response,
    wrong_parameters_response,
)
from takevoice_plugins.server.speech import speech_routes
from takevoice_plugins.server.voices import voice_routes


def create_app(
    engine: Engine, limits: Limits, api_key: str | None = None, aliases: Aliases | None = None
) -> FastAPI:
    """Return the speech-to-speech API for `engine`.

    `api_key`: the key that clients must send; None accepts any.
    `aliases`: other ids for voices; None for those of the official documentation's voices.
    """
    aliases = Aliases() if aliases is None else aliases
    conversions = ConversionPool(limits.conversions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(conversions.close)

    # The pages at /docs would load scripts from other servers.
    app = FastAPI(title="takevoice", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(RequestIds)
    app.add_exception_handler(Problem, problem_response)
    app.add_exception_handler(WrongParameters, wrong_parameters_response)
    app.add_exception_handler(RequestValidationError, wrong_parameters_response)
    app.add_exception_handler(Exception, failure_response)
    key = [Depends(key_check(api_key))]
    speech = speech_routes(engine, limits, conversions, aliases)
    for routes in (speech, voice_routes(engine, aliases), account_routes()):
        app.include_router(routes, dependencies=key)
    return app
