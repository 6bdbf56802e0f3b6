"""What makes the OSC server known: the description of its addresses, and the announcement in the network."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from typing import Any

from takevoice.osc.addresses import PAUSED
from takevoice.osc.announcement import Announcement, is_open_to_others
from takevoice.osc.description import CurrentValues, Node, describe, host_info
from takevoice.osc.query_server import QueryServer
from takevoice.osc.server import OscServer
from takevoice.service.osc.feedback import plain
from takevoice.service.verbs import Verbs
from takevoice.settings import Osc
from takevoice.version import __version__

log = logging.getLogger("takevoice")


class Publication:
    """The description and the announcement of a running OSC server; neither is needed for OSC."""

    def __init__(self, server: OscServer, settings: Osc, verbs: Verbs) -> None:
        self._server, self._settings, self._verbs = server, settings, verbs
        self._name = f"takevoice on {socket.gethostname().partition('.')[0]}"
        self._query: QueryServer | None = None
        self._announcement: Announcement | None = None

    def start(self) -> None:
        """Start what the config asks for; log what is impossible."""
        if self._settings.query_port is not None:
            self._start_query(self._settings.query_port)
        if self._settings.announce and is_open_to_others(self._server.host):
            self._start_announcement()

    def stop(self) -> None:
        """Take the announcement back, and close the description."""
        if self._announcement is not None:
            self._announcement.stop()
        if self._query is not None:
            self._query.stop()

    def _start_query(self, port: int) -> None:
        info = host_info(self._name, self._server.port)
        try:
            query = QueryServer(self._server.host, port, self._describe, info)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            log.error(
                "The OSC description cannot be served on %s port %s: %s. Choose another [osc] query_port; OSC works without it",
                self._server.host,
                port,
                reason,
            )
            return
        query.start()
        self._query = query
        log.info("describing the OSC addresses (OSCQuery) at http://%s:%s/", self._server.host, query.port)

    def _describe(self) -> Node:
        addresses = [address for address, _ in self._server.routes.handlers.values()]
        tracks = {track: _values(self._verbs.track_get(track, None, "")[1]) for track in self._verbs.tracks()}
        return describe(addresses, CurrentValues({PAUSED: self._verbs.is_paused()}, tracks))

    def _start_announcement(self) -> None:
        query_port = self._query.port if self._query else None
        announcement = Announcement(self._server.host, self._server.port, query_port, self._name, __version__)
        try:
            announcement.start()
        except ImportError:
            log.info(
                "OSC is not announced in the network: that needs zeroconf (%s in the folder of takevoice's source), or [osc] announce = false",
                '`pip install ".[network]"`',
            )
            return
        self._announcement = announcement


def _values(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return settings as JSON values: switches as they are, all others as OSC has them."""
    return {key: value if isinstance(value, bool) else plain(value) for key, value in settings.items()}
