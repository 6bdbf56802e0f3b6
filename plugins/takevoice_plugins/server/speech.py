"""POST /v1/speech-to-speech/{voice_id} and /stream, and the same under the newer name /v1/voice-changer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter, Request, Response

from takevoice import ConversionRequest
from takevoice_plugins.server.answers import ConversionAnswer, unless_gone
from takevoice_plugins.server.conversions import Conversion, Conversions, Work
from takevoice_plugins.server.engine import MODELS, Engine
from takevoice_plugins.server.form import Form, read_form
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.openapi import operation, refusals
from takevoice_plugins.server.parameters import FORM, parse
from takevoice_plugins.server.problems import (
    ClientGone,
    model_cannot_convert,
    refused_audio,
    request_id,
    voice_not_found,
)
from takevoice_plugins.server.upload import mono_take

log = logging.getLogger("takevoice.server")
PREFIXES = ("/v1/speech-to-speech", "/v1/voice-changer")
GONE = 499  # nobody reads it


def speech_routes(engine: Engine, limits: Limits, conversions: Conversions) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["speech-to-speech"])
    desk = _Desk(engine, limits, conversions)

    async def convert(request: Request, voice_id: str) -> Response:
        """Gives a take another voice; answers when all of it is converted."""
        return await desk.serve(request, voice_id, streaming=False)

    async def stream(request: Request, voice_id: str) -> Response:
        """Gives a take another voice; answers with the first audio, and goes on as it is made."""
        return await desk.serve(request, voice_id, streaming=True)

    for prefix in PREFIXES:
        for path, serve, streaming in (("", convert, False), ("/stream", stream, True)):
            router.add_api_route(
                f"{prefix}/{{voice_id}}{path}",
                serve,
                methods=["POST"],
                response_class=Response,
                responses=refusals(),
                openapi_extra=operation(streaming=streaming, limits=limits),
            )
    return router


class _Desk:
    def __init__(self, engine: Engine, limits: Limits, conversions: Conversions) -> None:
        self._engine, self._limits, self._conversions = engine, limits, conversions

    async def serve(self, request: Request, voice_id: str, *, streaming: bool) -> Response:
        try:
            conversion, wanted = await self._begun(request, voice_id, streaming=streaming)
            return await self._answer(request, conversion, wanted, streaming=streaming)
        except ClientGone:
            log.info("%s: the client went away", request_id(request))
            return Response(status_code=GONE)

    async def _begun(
        self, request: Request, voice_id: str, *, streaming: bool
    ) -> tuple[Conversion, ConversionRequest]:
        folder = TemporaryDirectory(prefix="takevoice-")
        try:
            form = await read_form(request, _upload(folder), self._limits, FORM)
            wanted = self._checked(request, voice_id, form, streaming=streaming)
            return self._conversions.start(self._work(wanted, folder)), wanted
        except BaseException:
            folder.cleanup()
            raise

    def _checked(self, request: Request, voice_id: str, form: Form, *, streaming: bool) -> ConversionRequest:
        if all(voice.id != voice_id for voice in self._engine.voices()):
            raise voice_not_found(voice_id)
        wanted = parse(voice_id, request.query_params, form, streaming=streaming)
        if wanted.model_id not in MODELS:
            raise model_cannot_convert(wanted.model_id)
        if not form.audio_size:
            raise refused_audio("empty_file", "The audio is empty.")
        return wanted

    def _work(self, wanted: ConversionRequest, folder: TemporaryDirectory[str]) -> Work:
        """What the thread does; it has the folder, and removes it."""

        def work(stopped: Callable[[], bool]) -> Iterator[bytes]:
            with folder:
                raw = wanted.file_format == "pcm_s16le_16"
                take = mono_take(_upload(folder), raw=raw, limits=self._limits, stopped=stopped)
                yield from self._engine.convert(wanted, take)

        return work

    async def _answer(
        self, request: Request, conversion: Conversion, wanted: ConversionRequest, *, streaming: bool
    ) -> Response:
        headers = self._conversions.headers | {"character-cost": "0"}
        try:
            await unless_gone(conversion.begun() if streaming else conversion.finished(), request.receive)
            if conversion.error is not None and not (streaming and conversion.size):
                raise conversion.error
        except BaseException:
            conversion.close()
            raise
        log.info("%s: %s, %s", request_id(request), wanted.voice_id, wanted.output_format)
        return ConversionAnswer(conversion, headers, self._limits.stalled)


def _upload(folder: TemporaryDirectory[str]) -> Path:
    return Path(folder.name) / "upload"
