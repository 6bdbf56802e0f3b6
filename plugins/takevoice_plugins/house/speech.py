"""POST /v1/speech-to-speech/{voice_id} and /stream, and the same under the newer name, of the house's server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from takevoice import errors
from takevoice_plugins.house import answers
from takevoice_plugins.house.gate import Admitted, Gate
from takevoice_plugins.house.keys import HouseKey
from takevoice_plugins.house.responses import AnswerResponse
from takevoice_plugins.house.slots import Room
from takevoice_plugins.house.stations import HEADER, Stations
from takevoice_plugins.house.work import Work
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import ClientDisconnected
from takevoice_plugins.server.responses import unless_disconnected
from takevoice_plugins.server.speech import CLIENT_CLOSED_REQUEST
from takevoice_plugins.server.speech_paths import speech_paths

log = logging.getLogger("takevoice.house")
PATIENCE = 150.0  # seconds until a client is asked to come back: before its own patience ends


def speech_routes(gate: Gate, work: Work, limits: Limits, room: Callable[[], Room], stations: Stations) -> APIRouter:
    """Return the routes."""
    return speech_paths(_Endpoint(gate, work, limits, room, stations).serve, limits)


class _Endpoint:
    def __init__(self, gate: Gate, work: Work, limits: Limits, room: Callable[[], Room], stations: Stations) -> None:
        self._gate, self._work, self._limits, self._room, self._stations = gate, work, limits, room, stations

    async def serve(self, request: Request, voice_id: str, *, streaming: bool) -> Response:
        key: HouseKey = request.state.house_key
        self._stations.note(key.id, request.client.host if request.client else "", request.headers.get(HEADER, ""))
        try:
            admitted = await self._gate.admit(request, voice_id, key, streaming=streaming)
            return await self._respond(request, admitted, streaming=streaming)
        except ClientDisconnected:
            log.info("%s: the client disconnected; what was accepted is finished and kept", key.name)
            return Response(status_code=CLIENT_CLOSED_REQUEST)

    async def _respond(self, request: Request, admitted: Admitted, *, streaming: bool) -> Response:
        pending, claim = admitted.pending, admitted.claim
        ready = pending.wait_for_bytes() if streaming else pending.wait_until_done()
        if not pending.done:
            try:
                async with asyncio.timeout(PATIENCE):
                    await unless_disconnected(ready, request.receive)
            except TimeoutError:
                raise answers.still_converting() from None
        else:
            ready.close()
        if pending.problem is not None:
            raise pending.problem
        cost = await self._work.ledger(self._work.requests.cost_of, claim, admitted.key, admitted.asked)
        try:
            await self._work.ledger(self._work.requests.used, claim.row, admitted.key, admitted.project, claim.how)
        except errors.LedgerError as error:
            log.error("%s: the answer is given, but not counted: %s", claim.row.content[:12], error)
        log.info("%s: %s, %s", admitted.key.name, claim.row.content[:12], claim.how)
        told = {"takevoice-answer": claim.how, "character-cost": str(cost.billed), "takevoice-saved": str(cost.saved)}
        return AnswerResponse(pending, self._room().headers | told, self._limits.stall_timeout)
