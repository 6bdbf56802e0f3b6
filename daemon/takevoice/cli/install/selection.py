"""Which installations a command is about: the folders that are named, else those that are found and those named before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from takevoice.cli.install.places import Places
from takevoice.cli.install.plan import Plan
from takevoice.errors import StorageError, TakevoiceError

MakePlans = Callable[[Sequence[Path]], Sequence[Plan]]


@dataclass
class Selection:
    """Plans, each with the folder that the user has named for it; a folder with a problem does not hold up the others."""

    plans: list[tuple[Path | None, Plan]] = field(default_factory=list)
    problems: list[TakevoiceError] = field(default_factory=list)
    absent: list[Path] = field(default_factory=list)
    """Folders that were named before and are not there now, as on a drive that is not connected."""

    def add(self, make: MakePlans, folder: Path | None) -> None:
        """Add what is planned for a folder, or for all that are found; what is there already is not added twice."""
        try:
            made = make([folder] if folder else [])
        except TakevoiceError as error:
            if str(error) not in map(str, self.problems):
                self.problems.append(error)
            return
        known = [plan.record for _, plan in self.plans if plan.record]
        self.plans += [(folder, plan) for plan in made if plan.record not in known]


def select(make: MakePlans, into: Sequence[Path], places: Places) -> Selection:
    """Return what a command is about; `into` are the folders that the user names now."""
    selection = Selection()
    for folder in into:
        selection.add(make, folder)
    if into:
        return selection
    selection.add(make, None)
    for folder in places.all():
        if folder.is_dir():
            selection.add(make, folder)
        else:
            selection.absent.append(folder)
    if selection.plans or selection.absent:  # that none is found elsewhere is no problem then
        selection.problems = [each for each in selection.problems if not _found_none(each)]
    return selection


def _found_none(error: TakevoiceError) -> bool:
    return isinstance(error, StorageError) and error.what.startswith("found no ")

