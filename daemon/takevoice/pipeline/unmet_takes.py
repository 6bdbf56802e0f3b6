"""Takes that are in the watched folders and that takevoice has not met yet, by the track that their names say."""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice import audio
from takevoice.ledger import Ledger
from takevoice.pipeline.planning import Planner
from takevoice.settings import LoadedConfig, watch_root
from takevoice.system.patience import within
from takevoice.watch import candidates

PATIENCE = 5.0  # seconds for the file system of each folder
MOST = 20_000  # files of each folder

UnmetTakes = Mapping[str, Sequence[Path]]


def unmet_takes(ledger: Ledger, config: LoadedConfig, planner: Planner) -> UnmetTakes:
    """Return the takes that takevoice has not dealt with, by track, each track's sorted by name; no file is opened.

    A folder that cannot be read, or does not answer, has none.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    roots = [watch_root(watch, config.path) for watch in config.settings.watch]
    known = {path for root in roots for path in ledger.files.known_below(root)}
    paths = sorted({path for root in roots for path in _files(root)} - {Path(path) for path in known})
    for path in paths:
        if ledger.jobs.newest(path) is None:  # `convert` leaves nothing in the table of files
            found[planner.settings_by_name(path).track].append(path)
    return dict(found)


def _files(root: Path) -> Sequence[Path]:
    with contextlib.suppress(OSError):  # also NoAnswer
        return within(PATIENCE, root, lambda: list(itertools.islice(candidates(root, audio.watched_suffixes()), MOST)))
    return ()
