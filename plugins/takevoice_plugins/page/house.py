"""The house that this station has joined, for its screen: asked by the daemon with the station's key, and only while a page shows it."""

from __future__ import annotations

import threading
import time
from typing import Any, Literal

from fastapi import APIRouter

from takevoice import JoinedHouse, Office, errors
from takevoice_plugins.page.replies import Json, Refused

LIFE = 1.5  # seconds for which an answer is good: seven tabs ask no more than one does
By = Literal["person", "project", "voice", "day"]


def house_routes(office: Office) -> APIRouter:
    """Return the route."""
    routes, asked = APIRouter(), _Asked()

    @routes.get("/api/house")
    def house(by: By = "person") -> Json:
        joined = office.joined_house()
        if joined is None:
            raise Refused(404, "no_house", "this station has not joined a house", "`takevoice join` connects it to one")
        return Json(asked.overview(joined, by))

    return routes


class _Asked:
    """What a house has answered a moment ago, or why it has not. Those who ask meanwhile wait for the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str], tuple[float, dict[str, Any] | Refused]] = {}

    def overview(self, house: JoinedHouse, by: str) -> dict[str, Any]:
        """Return the overview; raises Refused."""
        with self._lock:
            at, found = self._found.get((house.url, by), (0.0, None))
            if found is None or time.monotonic() - at > LIFE:
                found = _ask(house, by)
                self._found = {(house.url, by): (time.monotonic(), found)}
        if isinstance(found, Refused):
            raise Refused(found.status, found.code, found.text, found.hint)
        return found


def _ask(house: JoinedHouse, by: str) -> dict[str, Any] | Refused:
    try:
        return {**house.overview(by), "url": house.url}
    except errors.TakevoiceError as error:
        return Refused(502, error.code, f"{error.where}: {error.what}" if error.where else error.what, error.hint)
