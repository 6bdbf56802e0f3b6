"""The undo history of a project: whole states with a description each."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from .model import forget

if TYPE_CHECKING:
    from .project import Project, State


class History:
    """Undo points; going back or forth puts other objects in the place of all tracks, items, takes and sources.

    A block (Undo_BeginBlock2 to EndBlock2) makes one point, if its flags are not 0 or a native action in it would
    have made one. Changes of the project that no point covers are kept in `uncovered`.
    """

    def __init__(self, project: Project):
        self._project = project
        self._points: list[tuple[str, bytes]] = [("", freeze(project.state))]
        self._cursors: list[float] = [0.0]
        self._at = 0
        self.depth = 0
        self._native_in_block: list[str] = []
        self.uncovered: list[str] = []
        self.changes = 0

    @property
    def descriptions(self) -> list[str]:
        """The points that can be undone, oldest first."""
        return [name for name, _ in self._points[1 : self._at + 1]]

    @property
    def undone(self) -> list[str]:
        """The points that can be done again, the next first."""
        return [name for name, _ in self._points[self._at + 1 :]]

    def add(self, description: str) -> None:
        """Add a point that holds the state of now; what was undone can no longer be done again."""
        self._points[self._at + 1 :] = [(description, freeze(self._project.state))]
        self._cursors[self._at + 1 :] = [self._project.cursor]
        self._at += 1
        self.changes += 1
        self._project.dirty = True
        self.uncovered.clear()

    def rewrite(self) -> None:
        """Make the newest point hold the state of now, for what a test builds before scripts run."""
        self._points[self._at] = (self._points[self._at][0], freeze(self._project.state))

    def native(self, description: str) -> None:
        """Note what an action of REAPER did: a point of its own, unless a block is open."""
        if self.depth:
            self._native_in_block.append(description)
        else:
            self.add(description)

    def begin(self) -> None:
        """Open a block; blocks can be nested."""
        self.depth += 1

    def end(self, description: str, flags: int) -> None:
        """Close a block; the outermost makes the point."""
        self.depth -= 1
        if self.depth == 0:
            natives, self._native_in_block = self._native_in_block, []
            if flags or natives:
                self.add(description)

    def changed(self, what: str) -> None:
        """Note a change by a script, which a block or a point has to cover."""
        self.uncovered.append(what)
        self.changes += 1

    def undo(self) -> str | None:
        """Go back one point and return its description; None if there is none."""
        if self._at == 0:
            return None
        name = self._points[self._at][0]
        self._go(self._at - 1)
        return name

    def redo(self) -> str | None:
        """Go forth one point and return its description; None if there is none."""
        if self._at + 1 >= len(self._points):
            return None
        self._go(self._at + 1)
        return self._points[self._at][0]

    def _go(self, to: int) -> None:
        self._at = to
        self.changes += 1
        restored = thaw(self._points[to][1])
        if not self._project.undo_restores_ext_state:
            restored.ext = self._project.state.ext
        self._project.replace_state(restored)
        if self._project.undo_moves_cursor:
            self._project.cursor = self._cursors[to]
        self.uncovered.clear()


def freeze(state: State) -> bytes:
    """Return a state as bytes, as an undo point or a saved project."""
    return pickle.dumps(state, pickle.HIGHEST_PROTOCOL)


def thaw(stored: bytes) -> State:
    """Return the state that was frozen: equal, with the same ids, and every object another."""
    state: State = pickle.loads(stored)
    return state


def abandon(state: State) -> None:
    """Make every pointer into a state invalid."""
    for track in state.tracks:
        forget(track)
