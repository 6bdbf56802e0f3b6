"""The interface between the engine and its voices."""

from __future__ import annotations

from typing import Protocol

from takevoice_plugins.local.analysis import SourceAnalysis
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.recipe import Recipe


class VoiceProfile(Protocol):
    """A target voice of the engine."""

    def recipe(self, source: SourceAnalysis, parameters: EngineParameters) -> Recipe:
        """Return the recipe that converts the analysed source to this voice."""
