"""What plugins run together with the daemon, such as a page."""

from __future__ import annotations

import logging
from typing import Any

from takevoice.plugins import Plugins
from takevoice.service.office import Office

log = logging.getLogger("takevoice")


class PluginServices:
    """Starts and stops it; what fails is logged under its plugin's name, and nothing else depends on it."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins
        self._started: list[tuple[str, Any]] = []

    def start(self, office: Office) -> None:
        """Let the plugins start what they have."""
        self._started = self._plugins.serve(office)

    def stop(self) -> None:
        """Close it, the last one first."""
        while self._started:
            name, running = self._started.pop()
            try:
                running.close()
            except Exception:
                log.exception("plugin %s failed to close", name)
