"""Watched folders: the only part of the core that uses watchdog."""

from takevoice.watch.probe import prepare_process
from takevoice.watch.scan import look
from takevoice.watch.watcher import Listener, Root, Sighting, Watcher

__all__ = ["Listener", "Root", "Sighting", "Watcher", "look", "prepare_process"]
