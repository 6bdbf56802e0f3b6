"""Watched folders: the only part of the core that uses watchdog."""

from takevoice.watch.probe import prepare_process
from takevoice.watch.scan import candidates, look, sibling_exists
from takevoice.watch.watcher import FoundFile, Listener, Root, Watcher

__all__ = [
    "Listener",
    "Root",
    "FoundFile",
    "Watcher",
    "candidates",
    "look",
    "prepare_process",
    "sibling_exists",
]
