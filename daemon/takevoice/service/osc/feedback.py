"""Feedback: every subscriber gets each change of a setting, of the pause and of the list of jobs, whoever made it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from typing import Any

from takevoice.jobs import Job
from takevoice.osc.addresses import PAUSED, TRACK_VALUE
from takevoice.osc.packets import build
from takevoice.osc.peers import Peer
from takevoice.osc.routes import part_of
from takevoice.osc.server import OscServer
from takevoice.pipeline.events import Events, Withdrawal
from takevoice.service.osc.echoes import Echoes
from takevoice.service.verbs import Verbs

log = logging.getLogger("takevoice")

REMOVED = "removed"
"""The state that subscribers get for a job that is no longer on the list."""


class Feedback:
    """Compares the settings of all tracks with those it sent last, and sends what differs."""

    def __init__(self, verbs: Verbs, events: Events) -> None:
        self._verbs = verbs
        self._server: OscServer | None = None
        self._known: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._sender = threading.local()
        self._echoes = Echoes()
        events.subscribe(
            on_withdrawn=self._on_withdrawn,
            on_forgotten=self._on_removed,
            on_paused=self._on_paused,
            on_settings=self._on_settings,
        )

    def use(self, server: OscServer) -> None:
        """Send to this server's subscribers."""
        self._server = server

    @contextmanager
    def from_peer(self, peer: Peer) -> Iterator[None]:
        """Leave out a client that makes changes in this thread meanwhile: it gets an answer of its own."""
        self._sender.peer = peer
        try:
            yield
        finally:
            self._sender.peer = None

    def is_wanted(self) -> bool:
        """Return True while there are subscribers."""
        return self._server is not None and self._server.has_subscribers()

    def job_removed(self, job_id: int, path: str = "") -> None:
        """Tell the subscribers that a job is no longer on the list; never raises."""
        try:
            if self._server is not None:
                self._server.publish("/takevoice/job", job_id, REMOVED, 0.0, path)
        except Exception:
            log.exception("job %s: OSC clients could not be notified", job_id)

    def watch(self) -> None:
        """Note the settings in force: later changes are compared with these."""
        with self._lock:
            for track in self._verbs.tracks():
                self._known.setdefault(track, self._settings(track))

    def _on_paused(self, is_paused: bool) -> None:
        self._publish(PAUSED, int(is_paused))

    def _on_withdrawn(self, withdrawal: Withdrawal) -> None:
        self._on_removed(withdrawal.job)

    def _on_removed(self, job: Job) -> None:
        self.job_removed(job.id, str(job.source))

    def _on_settings(self, track: str | None, key: str | None) -> None:
        try:
            with self._lock:
                if not self.is_wanted():
                    self._known.clear()
                else:
                    self._compare(track, key)
        except Exception:
            log.exception("OSC clients could not be told of changed settings")

    def _compare(self, track: str | None, set_key: str | None) -> None:
        for name in self._verbs.tracks() if track is None else [track]:
            before, after = self._known.get(name, {}), self._settings(name)
            self._known[name] = after
            for key, value in after.items():
                # Of a track that is new, only the key that was set is known to have changed.
                if before.get(key, value) != value or (not before and key == set_key):
                    self._publish(address_of(name, key), value)

    def _settings(self, track: str) -> dict[str, Any]:
        return {key: plain(value) for key, value in self._verbs.track_get(track, None, "")[1].items()}

    def _publish(self, address: str, value: Any) -> None:
        if self._server is not None:
            sender = getattr(self._sender, "peer", None)
            peers = self._server.broadcast(build(address, value), without=sender)
            self.note(address, value, peers, sender)

    def note(self, address: str, value: Any, to: Set[Peer], by: Peer | None = None) -> None:
        """Note a value that clients were sent, and the client that had set it."""
        self._echoes.sent(address, value, by, to, time.monotonic())

    def is_echo(self, address: str, value: Any, peer: Peer) -> bool:
        """Return True for a value that a client was sent as feedback, and now sends back."""
        return self._echoes.is_echo(address, value, peer, time.monotonic())


def address_of(track: str, key: str) -> str:
    """Return the address of a setting of a track, as feedback has it."""
    return TRACK_VALUE.replace("TRACK", part_of(track)).replace("KEY", key)


def plain(value: Any) -> Any:
    """Return a setting as one argument that every client reads: 1 and 0 for switches, a list as text with commas, variations as JSON."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, tuple) and any(isinstance(each, Mapping) for each in value):
        return json.dumps(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return "" if value is None else value
