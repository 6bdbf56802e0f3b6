"""The files of the house's cloned voices: workers get them, and an answer depends on them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from takevoice import __version__
from takevoice_plugins.local import NAME
from takevoice_plugins.local.cloned.store import FOLDER, ClonedVoices
from takevoice_plugins.neural import NAME as NEURAL
from takevoice_plugins.server.engine_version import ENGINES


class VoiceFiles:
    """The cloned voices in a state dir."""

    def __init__(self, state: Path) -> None:
        self._cloned = ClonedVoices(state / FOLDER, NAME)
        self._digests: dict[Path, tuple[tuple[int, int], str]] = {}  # with modification time and size

    def path(self, voice_id: str) -> Path | None:
        """Return the file of a cloned voice; None for all other voices."""
        profile = self._cloned.find(voice_id)
        return self._cloned.path(profile.name) if profile is not None else None

    def recordings(self, voice_id: str) -> Path | None:
        """Return the recordings of a cloned voice; None for a voice without."""
        profile = self._cloned.find(voice_id)
        path = self._cloned.recordings(profile.name) if profile is not None else None
        return path if path is not None and path.is_file() else None

    def version(self, backend: str, voice_id: str) -> str:
        """Return what an answer of an engine depends on besides the request: its version, and a cloned voice's files."""
        recordings = self.recordings(voice_id) if backend == NEURAL else None
        return " ".join([backend, __version__, ENGINES[backend], self._digest(self.path(voice_id)), *([self._digest(recordings)] if recordings else [])])

    def _digest(self, path: Path | None) -> str:
        if path is None:
            return ""
        status = path.stat()
        seen = status.st_mtime_ns, status.st_size
        known = self._digests.get(path)
        if known is None or known[0] != seen:
            with path.open("rb") as file:
                known = self._digests[path] = seen, hashlib.file_digest(file, "sha256").hexdigest()
        return known[1]
