"""What a script has drawn into its window, and what the user does there."""

from __future__ import annotations

from typing import Any


class Window:
    """A gfx window."""

    def __init__(self) -> None:
        self.open = False
        self.fields: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """Return a field of gfx."""
        return self.fields.get(name)

    def set(self, name: str, value: Any) -> None:
        """Set a field of gfx."""
        self.fields[name] = value
