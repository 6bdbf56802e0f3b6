"""A context of ReaImGui: what a script shows in a frame, and what the user does to it in the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Widget:
    """A thing shown in a frame; `path` tells those of one label apart."""

    kind: str
    label: str
    path: tuple[str, ...]
    value: Any = None
    disabled: bool = False


@dataclass(eq=False)
class Context:
    """A context. A frame is what one run of the script's code shows.

    One that is not used in a whole frame is gone, as ReaImGui drops contexts that are no longer used.
    """

    pointer = "ImGui_Context"
    name: str
    gone: bool = False
    used: bool = True
    collapsed: bool = False
    closing: bool = False
    """The user has clicked at the window's cross."""
    widgets: list[Widget] = field(default_factory=list)
    shown: list[Widget] = field(default_factory=list)
    pending: dict[tuple[str, ...], Any] = field(default_factory=dict)
    """What the user did to a widget, until the script asks."""
    edited: dict[tuple[str, ...], int] = field(default_factory=dict)
    """The frames since a text was typed; the user leaves the field in the next one."""
    opened: set[tuple[str, ...]] = field(default_factory=set)
    """Combos, popups, headers and menus that are open."""
    tabs: dict[tuple[str, ...], str] = field(default_factory=dict)
    stack: list[tuple[str, str]] = field(default_factory=list)
    """What was begun or pushed and not yet ended: kind, name."""

    @property
    def texts(self) -> list[str]:
        """What can be read: texts, labels, and the values shown."""
        found = []
        for widget in self.shown:
            found += [widget.label] if widget.label else []
            found += [widget.value] if isinstance(widget.value, str) and widget.value else []
        return found

    def path(self, label: str) -> tuple[str, ...]:
        """Return the id of a label here; `###` replaces what is before it."""
        return (*(name for kind, name in self.stack if kind != "style"), label.split("###")[-1])

    def add(self, kind: str, label: str, value: Any = None) -> tuple[str, ...]:
        """Show a widget and return its id."""
        path = self.path(label)
        disabled = ("disabled", "True") in self.stack
        self.widgets.append(Widget(kind, label.split("##")[0], path, value, disabled))
        return path

    def taken(self, path: tuple[str, ...]) -> Any:
        """Return what the user did to a widget, once; None for nothing."""
        return self.pending.pop(path, None)

    def is_left(self) -> bool:
        """Return whether the user has just left the newest widget after typing."""
        path = self.widgets[-1].path if self.widgets else ()
        if self.edited.get(path) != 1:
            return False
        del self.edited[path]
        return True

    def end_frame(self) -> list[str]:
        """Show what was drawn; return what is wrong with the frame."""
        problems = [f"ImGui: {kind} {name!r} is not closed" for kind, name in self.stack]
        self.stack.clear()
        self.edited = {path: frames + 1 for path, frames in self.edited.items()}
        self.gone = self.gone or not self.used
        if self.used:
            self.shown, self.widgets = self.widgets, []
        self.used = False
        return problems

    # The user

    def has(self, text: str) -> bool:
        """Return whether a label or text is shown."""
        return any(text in (widget.label, widget.path[-1]) for widget in self.shown)

    def find(self, label: str, number: int = 0, kind: str | None = None) -> Widget:
        """Return a widget by its label (or its hidden one, `##id`).

        Raises:
            LookupError: It is not there; all that is there is named.
        """
        found = [each for each in self.shown if label in (each.label, each.path[-1]) and each.kind != "text"]
        found = [each for each in found if kind in (None, each.kind)]
        if number >= len(found):
            raise LookupError(f"{label!r} is not in the window: {self.texts}")
        return found[number]

    def press(self, label: str, number: int = 0) -> None:
        """Press a button, box, row, tab or header by its label."""
        widget = self.find(label, number)
        if widget.disabled:
            raise LookupError(f"{label!r} is grey")
        self.pending[widget.path] = True

    def enter(self, label: str, value: Any, number: int = 0) -> None:
        """Type a text or number, move a slider, or pick an entry of a combo (by text or number)."""
        widget = self.find(label, number)
        if widget.disabled:
            raise LookupError(f"{label!r} is grey")
        self.pending[widget.path] = value
