"""Where the result of a take with candidates belongs when its watched folder is in a config that was not named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from takevoice.jobs import Job
from takevoice.settings import CANDIDATES, LoadedConfig, watch_root

_NUMBER = re.compile(r"\.1(?:\.\d+)?$")


def is_watched(job: Job, config: LoadedConfig) -> bool:
    """Return False for a take from a folder that the config does not watch: its names follow from another config."""
    roots = [watch_root(watch, config.path) for watch in config.settings.watch]
    return job.root is None or any(root in job.path.parents for root in roots)


def place_by_candidates(candidates: Sequence[Job]) -> Path | None:
    """Return the path that the result gets by the name of its first candidate; None: that cannot be told."""
    first = next((each.output for each in candidates if each.options.candidate == 1), None)
    if first is None or first.parent.name != CANDIDATES or not _NUMBER.search(first.stem):
        return None
    return first.parent.parent / f"{_NUMBER.sub('', first.stem)}{first.suffix}"
