"""Takes that are in the watched folders and that takevoice has not met yet, by the track that their names say."""

from __future__ import annotations

import contextlib
import itertools
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
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
    """Return the takes that takevoice has not dealt with, by track, each track's sorted by name. Only files of the size
    of a result are opened: one may be a copy, as `takevoice deliver` makes them.

    A folder that cannot be read, or does not answer, has none.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    roots = [watch_root(watch, config.path) for watch in config.settings.watch]
    known = {Path(path) for root in roots for path in ledger.files.known_below(root)}
    sizes = ledger.files.result_sizes()
    for path in sorted({path for root in roots for path in _files(root, known, sizes)}):
        if ledger.jobs.newest(path) is None:  # `convert` leaves nothing in the table of files
            found[planner.settings_by_name(path).track].append(path)
    return dict(found)


def _files(root: Path, known: Collection[Path], sizes: Collection[int]) -> Sequence[Path]:
    """Return the files of a folder that are not known, and are no copies of results."""

    def look() -> list[Path]:
        found = itertools.islice(candidates(root, audio.watched_suffixes()), MOST)
        return [path for path in found if path not in known and not _is_copy(path, sizes)]

    with contextlib.suppress(OSError):  # also NoAnswer
        return within(PATIENCE, root, look)
    return ()


def _is_copy(path: Path, sizes: Collection[int]) -> bool:
    """Return True for a copy of a result; `sizes` are those that results have."""
    with contextlib.suppress(OSError):
        return path.stat().st_size in sizes and audio.read_provenance(path) is not None
    return False
