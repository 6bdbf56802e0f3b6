"""The API of casting: who speaks which track, and which results are by another voice than now."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from takevoice import Office, errors
from takevoice_plugins.page.replies import Json

KEYS = ("voice", "stability", "similarity_boost", "style", "seed", "enabled")
"""The settings that the page shows for each track."""


class Setting(BaseModel):
    """A setting of a track; null removes what was set here or over OSC, and the config decides again."""

    model_config = ConfigDict(extra="forbid")

    track: str = Field(min_length=1, max_length=1000)
    key: Literal["voice", "stability", "similarity_boost", "style", "seed", "enabled"]
    value: str | int | float | bool | None


def casting_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()

    @routes.get("/api/casting")
    def rows() -> Json:
        return Json({"tracks": [{**track.as_dict(), **_settings(office, track.track)} for track in office.tracks()]})

    @routes.post("/api/casting")
    def put(setting: Setting) -> Json:
        office.set_track(setting.track, setting.key, setting.value, setting.track)
        return Json(_settings(office, setting.track))

    @routes.get("/api/casting/stale")
    def stale(track: Annotated[str, Query(min_length=1, max_length=1000)]) -> Json:
        return Json(_stale(office, track))

    return routes


def _settings(office: Office, track: str) -> dict[str, Any]:
    """Return the settings in force for a track, each with its source."""
    try:
        effective = office.planner.settings_of_track(track)
    except errors.ConfigError:
        return {"settings": {}}
    values = effective.settings.as_dict()
    return {"settings": {key: {"value": values[key], "source": effective.sources[key]} for key in KEYS}}


def _stale(office: Office, track: str) -> dict[str, Any]:
    """Return the newest results of a track that are by another voice than the one in force."""
    voice = office.planner.settings_of_track(track).settings.voice.casefold()
    newest = office.ledger.casting.newest(track)  # of takes, not of their candidates
    found = [job for job in newest if voice not in (job.voice.casefold(), job.voice_id.casefold(), "auto")]
    return {"ids": sorted(job.id for job in found), "seconds": sum(job.seconds for job in found)}
