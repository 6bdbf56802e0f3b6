"""What request files get as an answer, by name, for every address but /takevoice/convert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from takevoice.service.handover.handlers import Handler
from takevoice.service.handover.request_file import RequestFile
from takevoice.service.verbs import Verbs

Answer = Mapping[str, Any]
NOTHING: Answer = {}


class Answering:
    """One method for each address; a TakevoiceError becomes the code and the text of the result."""

    def __init__(self, verbs: Verbs) -> None:
        self._verbs = verbs

    def by_address(self) -> Mapping[str, Handler]:
        """Return the handler of each address."""
        return {
            "/takevoice/cancel": self.cancel,
            "/takevoice/retry": self.retry,
            "/takevoice/release": self.release,
            "/takevoice/drop": self.drop,
            "/takevoice/track/set": self.track_set,
            "/takevoice/track/get": self.track_get,
            "/takevoice/pause": self.pause,
            "/takevoice/resume": self.resume,
            "/takevoice/status": self.status,
            "/takevoice/version": self.version,
            "/takevoice/sync": self.sync,
        }

    def cancel(self, request: RequestFile) -> Answer:
        """Cancel a job."""
        self._verbs.cancel(request.arguments["job"])
        return NOTHING

    def retry(self, request: RequestFile) -> Answer:
        """Start a job again."""
        self._verbs.retry(request.arguments["job"])
        return NOTHING

    def release(self, request: RequestFile) -> Answer:
        """Let a held job continue."""
        self._verbs.release(request.arguments["job"])
        return NOTHING

    def drop(self, request: RequestFile) -> Answer:
        """End a held job."""
        self._verbs.drop(request.arguments["job"])
        return NOTHING

    def track_set(self, request: RequestFile) -> Answer:
        """Keep a track's setting."""
        given = request.arguments
        self._verbs.track_set(given["track"], given["key"], given.get("value"), request.address)
        return NOTHING

    def track_get(self, request: RequestFile) -> Answer:
        """Return the settings in force for a track."""
        given = request.arguments
        track, settings = self._verbs.track_get(given["track"], given.get("key"), request.address)
        return {"track": track, "settings": dict(settings)}

    def pause(self, _request: RequestFile) -> Answer:
        """Start no more conversions."""
        self._verbs.pause()
        return NOTHING

    def resume(self, _request: RequestFile) -> Answer:
        """Start conversions again."""
        self._verbs.resume()
        return NOTHING

    def status(self, _request: RequestFile) -> Answer:
        """Return the number of jobs of each kind; `daemon` is running or paused, as `state` is the request's."""
        values, silent = self._verbs.status()
        return {**{name: value for name, value in values.items() if name != "state"}, "daemon": values["state"], "folders": list(silent)}

    def version(self, _request: RequestFile) -> Answer:
        """Return takevoice's version."""
        return {"version": self._verbs.version()}

    def sync(self, _request: RequestFile) -> Answer:
        """Do nothing: every earlier request has been handled."""
        return NOTHING
