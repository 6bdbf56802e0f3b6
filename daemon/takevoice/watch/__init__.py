"""Watched folders: the only part of the core that uses watchdog."""

from takevoice.watch.probe import prepare_process
from takevoice.watch.scan import candidates, look, stands_beside
from takevoice.watch.watcher import Listener, Root, Sighting, Watcher

__all__ = [
    "Listener",
    "Root",
    "Sighting",
    "Watcher",
    "candidates",
    "look",
    "prepare_process",
    "stands_beside",
]
