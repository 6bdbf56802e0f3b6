"""The voices of a house, and what converts to each: the service, for credits, or an engine of the house, for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from takevoice import Voice
from takevoice_plugins.house.rows import FREE, PAID
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.engine import Engine

SERVICE = "elevenlabs"


@dataclass(frozen=True)
class Offer:
    """What converts to a voice; `voice_id` is the id that the backend knows."""

    lane: str
    backend: str
    voice_id: str


class Offers:
    """Finds what converts to a voice.

    The voices of the main backend have their own ids. Those of other engines begin with the engine's name, as in
    "local-george": no voice that costs credits is mistaken for a free one, or a free one for it.
    """

    def __init__(self, main: str, engines: Mapping[str, Engine], aliases: Aliases | None = None) -> None:
        """`main`: SERVICE, or one of the `engines`, which are by name; `aliases` are those of its voices."""
        self.main, self.engines = main, engines
        self._aliases = Aliases() if aliases is None else aliases

    def find(self, voice_id: str) -> Offer | None:
        """Return what converts to a voice; None if there is no such voice. The service knows its own."""
        engine = self.engines.get(self.main)
        own = self._aliases.find(voice_id, engine.voices()) if engine is not None else None
        if own is not None:
            return Offer(FREE, self.main, own.id)
        backend, _, rest = voice_id.partition("-")
        if backend in self.engines and backend != self.main:
            found = any(voice.id == rest for voice in self.engines[backend].voices())
            return Offer(FREE, backend, rest) if found else None
        return Offer(PAID, SERVICE, voice_id) if self.main == SERVICE else None

    def voices(self) -> Sequence[Voice]:
        """Return the voices of all engines, as stations see them; those of the service are not among them."""
        engine = self.engines.get(self.main)
        own = engine.voices() if engine is not None else ()
        return [*(replace(voice, free=True) for voice in own), *self.others()]

    def others(self) -> Sequence[Voice]:
        """Return the voices of the engines besides the main backend."""
        return [
            replace(voice, id=f"{backend}-{voice.id}", name=f"{voice.name} ({backend})", free=True)
            for backend, engine in self.engines.items()
            if backend != self.main
            for voice in engine.voices()
        ]
