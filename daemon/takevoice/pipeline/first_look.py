"""Which files of a watched folder are older than the watch: those that a first look saw. No clocks are compared."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from takevoice.errors import printable
from takevoice.holds import AT_INTAKE_CODES, Hold, HoldReason
from takevoice.ledger import Ledger
from takevoice.ledger.roots import KnownRoot, OldFile
from takevoice.system.fileid import FileVersion, arrived, version_of

log = logging.getLogger("takevoice")


class FirstLooks:
    """Records what first looks see: at a folder, at a volume that the folder is on, and at a kind of files.

    What comes later is new, whatever its times say, and however often the folder is emptied or mounted.
    """

    def __init__(
        self, ledger: Ledger, added_suffixes: Callable[[Path], Collection[str]], *, asked_for: bool
    ) -> None:
        """`added_suffixes`: those of takes in a folder that older versions did not take. `asked_for`: a person wants what is there now."""
        self._ledger, self._added_suffixes, self._asked_for = ledger, added_suffixes, asked_for
        self._just_seen: set[str] = set()

    def on_root_seen(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> None:
        """Record a look at a folder that is watched for the first time, or is another one than before."""
        roots = self._ledger.roots
        before, kinds = roots.get(root), self._added_suffixes(root)
        since = 0.0 if self._asked_for else time.time()
        if before is None:
            old = [] if self._asked_for else _older(seen.items())
            roots.record_look(root, volume, since, old, kinds)
        elif self._is_strange(root, volume, seen):
            log.warning(
                "%s is on another device than before, and none of its files is known: is its share mounted? What is in it now is held",
                printable(root),
            )
            old = [OldFile(path, version, HoldReason.DEVICE.code) for path, version in seen.items()]
            roots.record_look(root, volume, before.since, old, kinds)
        else:
            if not seen:
                self.on_root_emptied(root)
            old = self._of_new_kinds(root, before, seen, kinds)
            roots.record_look(root, volume or before.volume, since, old, kinds)
        self._just_seen.update(each.path for each in old)

    def on_root_emptied(self, root: Path) -> None:
        """Warn of a folder without files, if takes of it were dealt with before."""
        if self._ledger.files.has_any_below(root):
            log.warning("%s is empty now, and had files before: is its share mounted?", printable(root))

    def has_just_seen(self, path: Path) -> bool:
        """Return True for a file that a first look of this run saw."""
        return str(path) in self._just_seen

    def hold_for(self, root: Path, path: Path) -> Hold | None:
        """Return why a take is held that a first look saw; None for one that came later, or has changed since."""
        version = version_of(path)
        old = self._ledger.roots.old_file(root, path, version) if version is not None else None
        if old is None:
            return None
        if old.reason == HoldReason.DEVICE.code:
            return Hold(HoldReason.DEVICE, "the folder is on another device than before")
        what = f"converted {old.suffix[1:]} files" if old.suffix else "watched it"
        return Hold(HoldReason.OLDER, f"already in the folder before takevoice {what}")

    def _is_strange(self, root: Path, volume: str, seen: Mapping[str, FileVersion]) -> bool:
        """Return True for a volume that the folder was never on, with files of which none is known."""
        volumes = self._ledger.roots.volumes(root)
        if not seen or not volume or not volumes or volume in volumes:
            return False
        files = ((Path(path), version) for path, version in seen.items())
        return not self._ledger.files.has_any_of(files, AT_INTAKE_CODES)

    def _of_new_kinds(
        self, root: Path, before: KnownRoot, seen: Mapping[str, FileVersion], kinds: Collection[str]
    ) -> list[OldFile]:
        """Return the files of kinds that are looked for now for the first time.

        Also, after an update, those that the older version held for their times, and had no job for yet.
        """
        if self._asked_for:
            return []
        noted = self._ledger.roots.kinds(root)
        if before.looked and noted.keys() >= set(kinds):
            return []
        known = self._ledger.files.known_below(root)
        new = [(path, version) for path, version in seen.items() if path not in known]
        old = []
        for path, version in new:
            suffix = Path(path).suffix.lower()
            if suffix in kinds and suffix not in noted:
                old.append(OldFile(path, version, HoldReason.OLDER.code, suffix))
            elif not before.looked and _arrived(path) < max(before.since, noted.get(suffix, 0.0)):
                kind = suffix if _arrived(path) >= before.since else ""
                old.append(OldFile(path, version, HoldReason.OLDER.code, kind))
        return old


def _older(seen: Iterable[tuple[str, FileVersion]]) -> list[OldFile]:
    return [OldFile(path, version, HoldReason.OLDER.code) for path, version in seen]


def _arrived(path: str) -> float:
    try:
        return arrived(Path(path))
    except OSError:
        return time.time()
