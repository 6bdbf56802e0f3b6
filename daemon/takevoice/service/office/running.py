"""What the office needs from the takevoice that runs in the same process; from another process, the ledger does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from takevoice.jobs import Job
from takevoice.service.lookup import Lookup


class Running(Protocol):
    """Learns at once what was decided, and knows what no file says."""

    @property
    def lookup(self) -> Lookup:
        """What plans its takes."""

    def changed(self, job: Job) -> None:
        """Publish a change of a job that has been stored."""

    def forgotten(self, job: Job) -> None:
        """Publish that a job was taken off the list."""

    def wake(self) -> None:
        """Look at the ledger now."""

    def settings_changed(self, track: str, key: str) -> None:
        """Plan queued takes again: a setting of a track has changed."""

    def config_written(self) -> None:
        """Read the config again: it has just been written."""

    def silent_folders(self) -> Sequence[Path]:
        """Return the watched folders that do not answer."""

    def pause(self) -> None:
        """Start no more conversions."""

    def resume(self) -> None:
        """Start conversions again, and try at once what waits for a backend."""

    def is_paused(self) -> bool:
        """Return True while no conversions are started."""

