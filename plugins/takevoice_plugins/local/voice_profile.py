"""The interface between the engine and its voices."""

from __future__ import annotations

from typing import Protocol

from takevoice_plugins.local.analysis import Analysis
from takevoice_plugins.local.parameters import Parameters
from takevoice_plugins.local.recipe import Recipe


class VoiceProfile(Protocol):
    """A voice that the engine can give."""

    def recipe(self, source: Analysis, parameters: Parameters) -> Recipe:
        """How to get from the analysed source to this voice."""
