"""Candidates that are not needed any more: which ones these are, and deleting them, which only a person asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from takevoice import audio
from takevoice.errors import TakevoiceError
from takevoice.files import storage_error
from takevoice.jobs import Disposition, Job, State
from takevoice.ledger import Ledger
from takevoice.ledger.candidates import Mark
from takevoice.settings import CANDIDATES
from takevoice.system import place
from takevoice.system.fileid import version_of


def spare(ledger: Ledger, take: Job) -> Sequence[Path]:
    """Return the files of candidates of a take that may go: the take has its result, and they are not it, have no stars,
    and are exactly as takevoice wrote them."""
    pick, placed = ledger.candidates.pick(take.id), ledger.candidates.placed(take.id)
    if take.state is not State.DONE or pick is None or placed is None or not placed.exists():
        return []
    candidates = ledger.candidates.of(take.id)
    marks = ledger.candidates.marks([each.id for each in candidates])
    fitting = [each for each in candidates if each.state.final and not marks.get(each.id, Mark()).stars]
    picked = next((each.output for each in candidates if each.id == pick.job), None)
    files = [path for each in fitting for path in ledger.outputs.of(each.id) if path != picked]
    return [path for path in files if path != placed and path.parent.name == CANDIDATES and is_untouched(ledger, path)]


def is_untouched(ledger: Ledger, path: Path) -> bool:
    """Return True for a result that is there as takevoice wrote it: size, time and inode, and its audio."""
    known = ledger.files.known(path)
    if known is None or known.disposition is not Disposition.OWN_RESULT or known.job is None:
        return False
    if not known.version.is_same(version_of(path), after_mount=True):
        return False
    try:
        return audio.inspect_hashed(path)[1] == ledger.outputs.hash_of(known.job, path)
    except TakevoiceError:
        return False


def remove(ledger: Ledger, path: Path) -> bool:
    """Delete a file that is still as takevoice wrote it; returns False for one that was changed just now.

    Raises:
        StorageError: the system refuses.
    """
    if not is_untouched(ledger, path):
        return False
    try:
        place.unlink(path)
    except OSError as error:
        raise storage_error("cannot be removed", path, error) from error
    return True
