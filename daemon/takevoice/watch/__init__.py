"""Watched folders: the only part of the core that uses watchdog."""

from takevoice.watch.listener import FoundFile, Listener, Root
from takevoice.watch.scan import candidates
from takevoice.watch.watcher import Watcher

__all__ = ["FoundFile", "Listener", "Root", "Watcher", "candidates"]
