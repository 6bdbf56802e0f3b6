"""POST /v1/speech-to-speech/{voice_id} and /stream, and the same under the newer name /v1/voice-changer."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import APIRouter, Request, Response

from takevoice import ConversionRequest
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.conversions import BufferedConversion, ChunkProducer, ConversionPool
from takevoice_plugins.server.engine import MODELS, Engine
from takevoice_plugins.server.form import Form, read_form
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.parameters import FORM, parse
from takevoice_plugins.server.problems import (
    ClientDisconnected,
    model_cannot_convert,
    refused_audio,
    request_id,
    too_large,
    too_many,
    voice_not_found,
)
from takevoice_plugins.server.responses import ConversionResponse, unless_disconnected
from takevoice_plugins.server.speech_paths import speech_paths
from takevoice_plugins.server.upload import UploadFolders, mono_take

log = logging.getLogger("takevoice.server")
IGNORED = "takevoice-ignored"  # a header that names the settings that the engine does not know
FRAME = 100_000  # bytes around the audio and the fields of a form: more is no form that a client makes
CLIENT_CLOSED_REQUEST = 499  # as in nginx; for logs, the client has disconnected


def speech_routes(
    engine: Engine, limits: Limits, conversions: ConversionPool, aliases: Aliases, folders: UploadFolders
) -> APIRouter:
    """Return the routes."""
    return speech_paths(_Endpoint(engine, limits, conversions, aliases, folders).serve, limits)


class _Endpoint:
    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        conversions: ConversionPool,
        aliases: Aliases,
        folders: UploadFolders,
    ) -> None:
        self._engine, self._limits, self._conversions, self._aliases = engine, limits, conversions, aliases
        self._folders, self._uploading = folders, 0

    async def serve(self, request: Request, voice_id: str, *, streaming: bool) -> Response:
        try:
            conversion, parameters = await self._start(request, voice_id, streaming=streaming)
            return await self._respond(request, conversion, parameters, streaming=streaming)
        except ClientDisconnected:
            log.info("%s: the client disconnected, its conversion is stopped", request_id(request))
            return Response(status_code=CLIENT_CLOSED_REQUEST)

    async def _start(
        self, request: Request, voice_id: str, *, streaming: bool
    ) -> tuple[BufferedConversion, ConversionRequest]:
        voice_id = self._check_before_upload(request, voice_id)
        folder = self._folders.new()
        try:
            self._uploading += 1
            try:
                form = await read_form(request, _upload(folder), self._limits, FORM)
            finally:
                self._uploading -= 1
            parameters = self._parse(request, voice_id, form, streaming=streaming)
            return self._conversions.start(self._work(parameters, folder)), parameters
        except BaseException:
            folder.cleanup()
            raise

    def _check_before_upload(self, request: Request, voice_id: str) -> str:
        """Return the id of the voice; raises Problem for what can be refused before the client has sent everything."""
        voice = self._aliases.find(voice_id, self._engine.voices())
        if voice is None:
            raise voice_not_found(voice_id)
        if int(request.headers.get("content-length", 0)) > self._limits.upload + self._limits.fields + FRAME:
            raise too_large(self._limits.upload)
        self._conversions.check_room()
        if self._uploading >= self._limits.uploads:
            raise too_many(self._conversions.headers, "uploads")
        return voice.id

    def _parse(self, request: Request, voice_id: str, form: Form, *, streaming: bool) -> ConversionRequest:
        parameters = parse(voice_id, request.query_params, form, streaming=streaming)
        if parameters.model_id not in MODELS:
            raise model_cannot_convert(parameters.model_id)
        if not form.audio_size:
            raise refused_audio("empty_file", "The audio is empty.")
        return parameters

    def _work(self, parameters: ConversionRequest, folder: TemporaryDirectory[str]) -> ChunkProducer:
        """Return the work of the thread, which also removes the folder."""

        def work(stopped: Callable[[], bool]) -> Iterator[bytes]:
            with folder:
                raw = parameters.file_format == "pcm_s16le_16"
                take = mono_take(_upload(folder), raw=raw, limits=self._limits, stopped=stopped)
                yield from self._engine.convert(parameters, take)

        return work

    async def _respond(
        self,
        request: Request,
        conversion: BufferedConversion,
        parameters: ConversionRequest,
        *,
        streaming: bool,
    ) -> Response:
        headers = self._conversions.headers | {"character-cost": "0"}
        if ignored := _ignored(parameters):
            headers[IGNORED] = ignored
            log.info("%s: ignored, as the engine does not know it: %s", request_id(request), ignored)
        try:
            await unless_disconnected(
                conversion.wait_for_bytes() if streaming else conversion.wait_until_done(), request.receive
            )
            if conversion.error is not None and not (streaming and conversion.size):
                raise conversion.error
        except BaseException:
            conversion.close()
            raise
        log.info("%s: %s, %s", request_id(request), parameters.voice_id, parameters.output_format)
        return ConversionResponse(conversion, headers, self._limits.stall_timeout)


def _ignored(parameters: ConversionRequest) -> str:
    """Return the names of unknown voice settings in a form that a header can carry."""
    names = parameters.voice_settings.unknown()
    return ", ".join("voice_settings." + re.sub(r"[^A-Za-z0-9_.-]", "?", name)[:60] for name in names[:20])


def _upload(folder: TemporaryDirectory[str]) -> Path:
    return Path(folder.name) / "upload"
