"""The provenance of a result, as stored in its file: everything needed to make it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

KEY = "TAKEVOICE"
"""The name of the entry, in any container."""


@dataclass(frozen=True)
class Provenance:
    """The backend, voice and settings that turned a take into a result."""

    version: str  # of takevoice
    backend: str
    voice: str
    voice_id: str
    model: str
    source: str  # the hash of the original's decoded audio
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)  # the effective settings
    plugins: Sequence[str] = ()  # names and versions of those that changed the audio

    def as_json(self) -> str:
        """Return one line of ASCII."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def of_json(text: str) -> Provenance | None:
        """Parse the line that `as_json` returns; return None for any other text."""
        try:
            values = json.loads(text)
            return Provenance(**{**values, "plugins": tuple(values.get("plugins", ()))})
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None

    def coding_history(self, sample_rate: int, bits: int, channels: int) -> bytes:
        """Return a line for the CodingHistory of a bext chunk (EBU R 98)."""
        mode = {1: "mono", 2: "stereo"}.get(channels, "multitrack")
        voice = self.voice if self.voice_id == self.voice else f"{self.voice} {self.voice_id}"
        seed = "" if self.seed is None else f"seed {self.seed};"
        text = f"takevoice {self.version};{self.backend};voice {voice};model {self.model};{seed}from {self.source}"
        plain = text.replace(",", " ").encode("ascii", "replace").decode()
        printable = "".join(c if c.isprintable() else "?" for c in plain)
        return f"A=PCM,F={sample_rate},W={bits},M={mode},T={printable}\r\n".encode("ascii")
