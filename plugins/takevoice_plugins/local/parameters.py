"""A request's settings as the engine takes them: each has a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from takevoice import ConversionRequest


@dataclass(frozen=True)
class Parameters:
    """What a person can turn, 0 to 1 each, with the API's defaults."""

    stability: float = 0.5
    similarity: float = 0.75
    style: float = 0.0
    boost: bool = True
    seed: int = 0
    denoise: bool = False

    @classmethod
    def of(cls, request: ConversionRequest) -> Parameters:
        """The request's settings, with the defaults for those that are not set."""
        given = request.voice_settings
        return cls(
            stability=cls.stability if given.stability is None else given.stability,
            similarity=cls.similarity if given.similarity_boost is None else given.similarity_boost,
            style=cls.style if given.style is None else given.style,
            boost=cls.boost if given.use_speaker_boost is None else given.use_speaker_boost,
            seed=request.seed or cls.seed,
            denoise=request.remove_background_noise,
        )

    @property
    def amount(self) -> float:
        """How far the timbre goes towards the voice: 0.4 to 1."""
        return 0.4 + 0.6 * self.similarity

    @property
    def drift(self) -> float:
        """Semitones by which the pitch wanders slowly, as the seed says: never none, or seeds would not differ."""
        return 0.45 - 0.35 * self.stability
