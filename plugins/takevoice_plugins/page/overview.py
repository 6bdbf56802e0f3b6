"""The API of everything that is not one job: status, what is held, money, voices, settings, doctor."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from takevoice import Office, errors, watched_suffixes
from takevoice_plugins.page.replies import Json, Refused

VOICES_LIFE = 60.0  # seconds for which a list of voices is good
DOCTOR_LIMIT = 60.0  # seconds


def overview_routes(office: Office) -> APIRouter:
    """Return the routes."""
    routes = APIRouter()
    voices, examined = _Kept(lambda: _voices(office), VOICES_LIFE), threading.Lock()

    @routes.get("/api/status")
    def status() -> Json:
        return Json(_status(office))

    @routes.get("/api/held")
    def held() -> Json:
        return Json({"groups": [group.as_dict() for group in office.held()]})

    @routes.get("/api/money")
    def money(
        by: Literal["day", "character", "track", "folder", "voice"] = "day",
        since: Annotated[float, Query(ge=0)] = 0.0,
        until: Annotated[float, Query(ge=0)] = 0.0,
    ) -> Json:
        rows = office.costs(by, since, until or float("inf"))
        return Json({"by": by, "rows": [row._asdict() for row in rows]})

    @routes.get("/api/voices")
    def listed() -> Json:
        return Json(voices.get())

    @routes.get("/api/settings")
    def settings() -> Json:
        return Json(_settings(office))

    @routes.post("/api/pause")
    def pause() -> Json:
        office.pause()
        return Json(_status(office))

    @routes.post("/api/resume")
    def resume() -> Json:
        office.resume()
        return Json(_status(office))

    @routes.post("/api/doctor")
    def doctor() -> Json:
        if not examined.acquire(blocking=False):
            raise Refused(409, "busy", "the checks are running already")
        try:
            return Json(_doctor(office))
        finally:
            examined.release()

    return routes


class _Kept:
    """What was found a moment ago."""

    def __init__(self, find: Callable[[], Any], life: float) -> None:
        self._find, self._life = find, life
        self._found: tuple[float, Any] | None = None

    def get(self) -> Any:
        if self._found is None or time.monotonic() - self._found[0] > self._life:
            self._found = (time.monotonic(), self._find())
        return self._found[1]


def _status(office: Office) -> dict[str, Any]:
    """Return what is going on, and the address of the house that was joined; empty without one."""
    house = office.joined_house()
    return {**office.status().as_dict(), "house": house.url if house is not None else ""}


def _voices(office: Office) -> dict[str, Any]:
    backend, voices = office.voices()
    return {"backend": backend.name, "voices": [{"id": voice.id, "name": voice.name} for voice in voices]}


def _settings(office: Office) -> dict[str, Any]:
    """Return the settings of a take without a track, with their sources; where the files are; the plugins."""
    found: dict[str, Any] = {"state_dir": str(office.state.path), "error": "", "config": None, "folders": [], "suffixes": [], "plugins": []}
    try:
        environment = office.environment
        effective = office.planner.settings_of_track("")
    except errors.ConfigError as error:
        return {**found, "error": str(error), "settings": []}
    loaded, values = environment.config.loaded, effective.settings.as_dict()
    plugins = [
        {"name": each.name, "source": each.source, "hooks": list(each.hooks), "problem": each.problem}
        for each in environment.plugins.infos
    ]
    return {
        **found,
        "config": str(loaded.path.absolute()) if loaded.path else None,
        "folders": [str(folder) for folder in office.watched_folders()],
        "suffixes": sorted(watched_suffixes()),
        "plugins": plugins,
        "settings": [{"name": name, "value": value, "source": effective.sources[name]} for name, value in values.items()],
    }


def _doctor(office: Office) -> dict[str, Any]:
    """Run `takevoice doctor`, as a process of its own: a check may need the network, and must not stop the page."""
    line = [sys.executable, "-P", "-m", "takevoice", "doctor", "--state", str(office.state.path)]
    path = office.environment.config.loaded.path
    line += ["--config", str(path)] if path else []
    line += [str(folder) for folder in office.watched_folders()]
    try:
        done = subprocess.run(line, capture_output=True, timeout=DOCTOR_LIMIT, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        raise Refused(503, "doctor", f"the checks could not be made: {error}") from error
    text = (done.stdout + done.stderr).decode("utf-8", "replace")
    return {"ok": done.returncode == 0, "lines": text.splitlines()}
