"""The files of the house's cloned voices: workers get them, and an answer depends on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from takevoice import __version__
from takevoice_plugins.local import NAME
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices


class VoiceFiles:
    """The cloned voices in a state dir."""

    def __init__(self, state: Path) -> None:
        self._cloned = ClonedVoices(state / FOLDER, NAME)

    def path(self, voice_id: str) -> Path | None:
        """Return the file of a cloned voice; None for all other voices."""
        profile = self._cloned.find(voice_id)
        return self._cloned.path(profile.name) if profile is not None else None

    def version(self, voice_id: str) -> str:
        """Return what an answer of the local engine depends on besides the request: its version, and a cloned voice's file."""
        path = self.path(voice_id)
        digest = hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""
        return f"{NAME} {__version__} {digest}"
