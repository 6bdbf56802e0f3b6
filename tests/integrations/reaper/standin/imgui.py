"""A small ReaImGui."""

from __future__ import annotations

from typing import Any

from .part import Part


class Context:
    """A context."""

    gone = False
    texts: list[str] = []

    def has(self, text: str) -> bool:
        return False

    def press(self, text: str, number: int = 0) -> None:
        pass


class ImGui(Part):
    """The calls of ReaImGui."""

    prefix = "ImGui_"

    def __init__(self, reaper: Any, version: str):
        super().__init__(reaper)
        self._version = version
