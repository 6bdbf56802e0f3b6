"""What would happen to a file in a watched folder? One answer, for the daemon, `quote` and `explain`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from takevoice import audio
from takevoice.errors import BackendError, printable
from takevoice.jobs import Disposition, Job, JobOptions
from takevoice.ledger import Ledger
from takevoice.pipeline.existing import Existing, adjacent_result
from takevoice.pipeline.planning import Draft, Plan, Planner
from takevoice.plugins import Plugins
from takevoice.shell_words import shell_word
from takevoice.system.fileid import version_of


@dataclass(frozen=True)
class Skipped:
    """The file is skipped: as what, why in words, and the job that answers its requests, if there is one."""

    disposition: Disposition
    why: str
    instead: Job | None = None
    is_result_gone: bool = False  # of a take that was converted; a person may have removed it
    adjacent: Path | None = None  # its result, which the ledger does not know


@dataclass(frozen=True)
class ToConvert:
    """The file will be converted, unless it has been converted in this way before (`Assessor.converted_before`)."""

    draft: Draft
    audio_hash: str


class Assessor:
    """Assesses files that appear in watched folders. Nothing is stored, and nothing is sent."""

    def __init__(self, ledger: Ledger, planner: Planner, plugins: Plugins, existing: Existing) -> None:
        self._ledger, self._planner, self._plugins, self._existing = ledger, planner, plugins, existing

    def is_dealt_with(self, path: Path) -> bool:
        """Return True when the file, in its present version, has a job already or was skipped before."""
        known = self._ledger.files.known(path)
        return known is not None and known.version.is_same(version_of(path), after_mount=True)

    def assess(self, path: Path, track: str | None = None) -> Skipped | ToConvert:
        """Return whether a finished file is converted or skipped. `track`: what its writer named; None: plugins and its name decide.

        Raises:
            TakevoiceError: it cannot be converted.
        """
        if not self._plugins.accept_file(path):
            return Skipped(Disposition.REJECTED, "a plugin rejects it")
        take, audio_hash = audio.inspect_hashed(path)
        if how := self._existing.own_result(take, audio_hash):
            return Skipped(Disposition.OWN_RESULT, f"it is a result of takevoice ({how})")
        draft = self._planner.draft_of(take, JobOptions(track=track))
        if not draft.settings.enabled:
            return Skipped(Disposition.REJECTED, f"the track {draft.effective.track} is not enabled")
        return ToConvert(draft, audio_hash)

    def forecast(self, path: Path) -> Skipped | ToConvert:
        """Return what would happen to a file, in full; without the backend's voices, it counts as not converted before.

        Raises:
            TakevoiceError: it cannot be converted.
        """
        assessed = self.assess(path)
        if isinstance(assessed, Skipped):
            return assessed
        try:
            plan = self._planner.complete(assessed.draft)
        except BackendError:
            return assessed
        return self.converted_before(plan, assessed.audio_hash) or assessed

    def converted_before(self, plan: Plan, audio_hash: str) -> Skipped | None:
        """Return how this very file was converted in this very way before, or that its audio was dropped; None when it was not."""
        done = self._existing.converted_before(plan.take.path, audio_hash, plan)
        if done is not None and not self._existing.is_result_gone(done):
            return Skipped(Disposition.ALREADY_CONVERTED, "it is converted already", done)
        if done is not None and plan.backend.paid and _is_same_file(done, plan.take.path):
            again = f'`takevoice convert {shell_word(plan.take.path)}` makes it again'
            why = f"it was converted already, and its result is not there any more; {again}"
            return Skipped(Disposition.ALREADY_CONVERTED, why, done, is_result_gone=True)
        adjacent = adjacent_result(plan, audio_hash, self._planner.names)
        if adjacent is not None:
            near = adjacent.parent == plan.take.path.parent
            why = f"its result is {'next to it' if near else 'there'}: {printable(adjacent.name if near else adjacent)}"
            return Skipped(Disposition.ALREADY_CONVERTED, why, adjacent=adjacent)
        dropped = self._ledger.drops.job_of(audio_hash, plan.settings_hash)
        if dropped is not None:
            again = f'`takevoice convert {shell_word(plan.take.path)}` converts it'
            return Skipped(Disposition.JOB, f"its audio was dropped, as job {dropped}; {again}", self._ledger.jobs.find(dropped))
        return None


def _is_same_file(done: Job, path: Path) -> bool:
    """Return True unless the file was certainly made since: then a person wants it converted."""
    before, now = done.version, version_of(path)
    return before is None or now is None or before.inode == now.inode
