"""Where a result came from, as it is written into it: enough to make it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

KEY = "TAKEVOICE"


@dataclass(frozen=True)
class Provenance:
    """What converted a take, and how."""

    version: str  # of takevoice
    backend: str
    voice: str
    voice_id: str
    model: str
    source: str  # the hash of the original's decoded audio
    seed: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)  # the effective settings
    plugins: Sequence[str] = ()  # those that changed the audio on its way, with their versions

    def as_json(self) -> str:
        """One line of ASCII."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def of_json(text: str) -> Provenance | None:
        """The other way; None for anything else, for files come from anywhere."""
        try:
            told = json.loads(text)
            return Provenance(**{**told, "plugins": tuple(told.get("plugins", ()))})
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None

    def coding_history(self, sample_rate: int, bits: int, channels: int) -> bytes:
        """A line for the CodingHistory of a bext chunk (EBU R 98)."""
        mode = {1: "mono", 2: "stereo"}.get(channels, "multitrack")
        told = f"takevoice {self.version};{self.backend};voice {self.voice} {self.voice_id};model {self.model};seed {self.seed};from {self.source}"
        plain = told.replace(",", " ").encode("ascii", "replace").decode()
        printable = "".join(c if c.isprintable() else "?" for c in plain)
        return f"A=PCM,F={sample_rate},W={bits},M={mode},T={printable}\r\n".encode("ascii")
