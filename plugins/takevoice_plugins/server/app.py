"""The application: routes, refusals, ids, the key; nothing here depends on how it is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError

from takevoice import __version__
from takevoice_plugins.server.account import account_routes
from takevoice_plugins.server.conversions import Conversions
from takevoice_plugins.server.engine import Engine
from takevoice_plugins.server.headers import RequestIds
from takevoice_plugins.server.keys import key_check
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import (
    Problem,
    WrongParameters,
    answer_failure,
    answer_problem,
    answer_wrong_parameters,
)
from takevoice_plugins.server.speech import speech_routes
from takevoice_plugins.server.voices import voice_routes


def create_app(engine: Engine, limits: Limits, api_key: str | None = None) -> FastAPI:
    """The speech-to-speech API over that engine. `api_key`: what clients must send; None: any is good."""
    conversions = Conversions(limits.conversions)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.to_thread(conversions.close)

    # The pages at /docs would load scripts from elsewhere.
    app = FastAPI(title="takevoice", version=__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(RequestIds)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(WrongParameters, answer_wrong_parameters)
    app.add_exception_handler(RequestValidationError, answer_wrong_parameters)
    app.add_exception_handler(Exception, answer_failure)
    key = [Depends(key_check(api_key))]
    for routes in (speech_routes(engine, limits, conversions), voice_routes(engine), account_routes()):
        app.include_router(routes, dependencies=key)
    return app
