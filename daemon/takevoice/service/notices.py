"""Says that a batch is done: in the log, on the desktop, to a webhook, and to plugins."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Callable

from takevoice.plugins import Plugins
from takevoice.service.drained import BatchSummary
from takevoice.service.web import open_url
from takevoice.settings import CurrentConfig
from takevoice.system.notice import notify

log = logging.getLogger("takevoice")

NETWORK = 10.0  # seconds
TITLE = "takevoice"


class Notices:
    """Shows and sends them as the config says at the moment, in a thread of their own: neither may hold up the takes."""

    def __init__(self, config: CurrentConfig, plugins: Plugins, show: Callable[[str, str], bool] = notify) -> None:
        """`show` shows a title and a text on the desktop."""
        self._config, self._plugins, self._show = config, plugins, show
        self._threads: list[threading.Thread] = []

    def on_drained(self, summary: BatchSummary) -> None:
        """Receive the end of a batch."""
        if summary.total > 1:
            log.info("%s", summary.text)
        thread = threading.Thread(target=self._run, args=(summary,), name="notices", daemon=True)
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def join(self, seconds: float = NETWORK + 1) -> None:
        """Wait for what is being sent, at a stop, but not longer."""
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, summary: BatchSummary) -> None:
        self._plugins.drained(summary)
        settings = self._config.settings.notices
        if summary.total < settings.takes and not summary.need_you:
            return
        if settings.desktop:
            self._show(TITLE, summary.text)
        if settings.webhook:
            self._send(settings.webhook, summary)

    def _send(self, address: str, summary: BatchSummary) -> None:
        """Post the summary as JSON; its `text` is what chat programs show."""
        data = json.dumps(summary.as_dict()).encode()
        request = urllib.request.Request(address, data, {"Content-Type": "application/json"})  # noqa: S310 - checked by the config
        try:
            with open_url(request, NETWORK):
                pass
        except (OSError, ValueError) as error:
            # The address may hold a secret.
            log.warning("the notice of a batch could not be sent to the webhook: %s; see `webhook` in [notices]", error)
