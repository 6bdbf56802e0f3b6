"""What request files get as an answer, by name, for every address but /takevoice/convert."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from takevoice.service.handover.addresses import QUOTE
from takevoice.service.handover.handlers import Handler
from takevoice.service.handover.quotes import Quotes
from takevoice.service.handover.request_file import RequestFile
from takevoice.service.handover.rows import JobRows, voice_row
from takevoice.service.handover.samples import Samples
from takevoice.service.verbs import Verbs
from takevoice.voices import find_voice

Answer = Mapping[str, Any]
NOTHING: Answer = {}


class Answering:
    """One method for each address; a TakevoiceError becomes the code and the text of the result."""

    def __init__(self, verbs: Verbs, rows: JobRows, samples: Samples, quotes: Quotes) -> None:
        self._verbs, self._rows, self._samples, self._quotes = verbs, rows, samples, quotes

    def by_address(self) -> Mapping[str, Handler]:
        """Return the handler of each address."""
        return {
            "/takevoice/cancel": self.cancel,
            "/takevoice/retry": self.retry,
            "/takevoice/release": self.release,
            "/takevoice/drop": self.drop,
            "/takevoice/candidates": self.candidates,
            "/takevoice/pick": self.pick,
            "/takevoice/forget": self.forget,
            "/takevoice/track/set": self.track_set,
            "/takevoice/track/get": self.track_get,
            "/takevoice/pause": self.pause,
            "/takevoice/resume": self.resume,
            "/takevoice/status": self.status,
            "/takevoice/version": self.version,
            "/takevoice/sync": self.sync,
            "/takevoice/held": self.held,
            "/takevoice/jobs": self.jobs,
        }

    def slow(self) -> Mapping[str, Handler]:
        """Return the handlers that may need the network, or look through audio: called in threads of their own."""
        return {"/takevoice/voices": self.voices, "/takevoice/hear": self.hear, QUOTE: self.quote}

    def cancel(self, request: RequestFile) -> Answer:
        """Cancel a job."""
        self._verbs.cancel(request.arguments["job"])
        return NOTHING

    def retry(self, request: RequestFile) -> Answer:
        """Start a job again."""
        self._verbs.retry(request.arguments["job"], request.id)
        return NOTHING

    def release(self, request: RequestFile) -> Answer:
        """Let a held job continue."""
        self._verbs.release(request.arguments["job"], request.id)
        return NOTHING

    def drop(self, request: RequestFile) -> Answer:
        """End a held job."""
        self._verbs.drop(request.arguments["job"])
        return NOTHING

    def candidates(self, request: RequestFile) -> Answer:
        """List the candidates of a take."""
        return {"rows": [row._asdict() for row in self._verbs.candidates(request.arguments["job"])]}

    def pick(self, request: RequestFile) -> Answer:
        """Make a candidate the result of its take, if no other one was picked since the request was left."""
        self._verbs.pick(request.arguments["job"], request.left_at())
        return NOTHING

    def forget(self, request: RequestFile) -> Answer:
        """Take a job off the list."""
        self._verbs.forget(request.arguments["job"])
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

    def held(self, _request: RequestFile) -> Answer:
        """List the held jobs."""
        return {"rows": self._rows.held()}

    def jobs(self, _request: RequestFile) -> Answer:
        """List the jobs that have not ended, and the newest others."""
        return {"rows": self._rows.recent()}

    def voices(self, _request: RequestFile) -> Answer:
        """List the voices of the backend; the first one is what "auto" means."""
        backend, voices = self._verbs.voices()
        return {"backend": backend.name, "rows": [voice_row(voice) for voice in voices]}

    def hear(self, request: RequestFile) -> Answer:
        """Return a file with a sample of a voice."""
        backend, voices = self._verbs.voices()
        voice = find_voice(request.arguments["voice"], voices, backend.name)
        return {"voice": voice.name, "path": str(self._samples.of(voice, backend))}

    def quote(self, request: RequestFile) -> Answer:
        """Return a sound's duration and price."""
        assert request.sound is not None
        seconds, credits_ = self._quotes.of(request.sound)
        return {"seconds": seconds, "credits": credits_}

    def sync(self, _request: RequestFile) -> Answer:
        """Do nothing: every earlier request has been handled."""
        return NOTHING
