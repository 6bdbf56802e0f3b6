"""What the groups of API calls share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .errors import ApiError
from .model import Envelope, Item, Take, Track
from .project import Project

if TYPE_CHECKING:
    from .reaper import Reaper
    from .script import Script

Listed = TypeVar("Listed")


class Part:
    """A group of calls: each method without underscore is the call of the API that has its name."""

    def __init__(self, reaper: Reaper):
        self._reaper = reaper

    @property
    def _script(self) -> Script:
        """The script that calls."""
        assert self._reaper.script is not None
        return self._reaper.script

    def _project(self, given: Any) -> Project:
        """Return the project of an argument; 0 and nil are the current one."""
        return given if isinstance(given, Project) else self._reaper.project

    def _owner(self, thing: Track | Item | Take | Envelope) -> Project:
        """Return the project a thing is in."""
        track = thing
        if isinstance(track, Envelope):
            assert track.take is not None
            track = track.take
        if isinstance(track, Take):
            track = track.item
        if isinstance(track, Item):
            track = track.track
        return next(each for each in self._reaper.projects if each.state is track.state)

    def _changed(self, thing: Track | Item | Take | Envelope | Project, what: str) -> Project:
        """Note a change: a point of the undo history has to cover it."""
        project = thing if isinstance(thing, Project) else self._owner(thing)
        project.undo.changed(what)
        return project


def nth(things: list[Listed], index: float) -> Listed | None:
    """Return an element, or None (nil) beyond the ends."""
    return things[int(index)] if 0 <= int(index) < len(things) else None


def value_of(values: dict[str, float], name: str, call: str) -> float:
    """Return a value by its name; a name the listing does not have is an error of the script."""
    if name not in values:
        raise ApiError(f"{call}: the stand-in knows no {name}")
    return values[name]


def as_flag(on: bool) -> int:
    """Return a boolean as the API's integers have it."""
    return 1 if on else 0
