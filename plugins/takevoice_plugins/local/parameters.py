"""The settings of a request in the form that the engine uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from takevoice import ConversionRequest, Job


def asked_again(job: Job, request: ConversionRequest) -> ConversionRequest:
    """Return the request with a seed of its own, if a person wants another result than the one that is there."""
    if job.options.new_answer and request.seed is None:
        return request.model_copy(update={"seed": job.attempt})
    return request


@dataclass(frozen=True)
class EngineParameters:
    """Voice settings with the API's defaults; numbers from 0 to 1, except the seed."""

    stability: float = 0.5
    similarity: float = 0.75
    style: float = 0.0
    boost: bool = True
    seed: int = 0
    denoise: bool = False
    keep_pitch: str = "off"

    @classmethod
    def of(cls, request: ConversionRequest) -> EngineParameters:
        """Return the settings of `request`, with defaults for those that are not set."""
        given = request.voice_settings
        return cls(
            stability=cls.stability if given.stability is None else given.stability,
            similarity=cls.similarity if given.similarity_boost is None else given.similarity_boost,
            style=cls.style if given.style is None else given.style,
            boost=cls.boost if given.use_speaker_boost is None else given.use_speaker_boost,
            seed=request.seed or cls.seed,
            denoise=request.remove_background_noise,
            keep_pitch=given.keep_pitch or cls.keep_pitch,
        )

    @property
    def amount(self) -> float:
        """How far the timbre moves towards the voice: 0.4 to 1."""
        return 0.4 + 0.6 * self.similarity

    @property
    def preset_amount(self) -> float:
        """The same for a preset voice: at a similarity of 0.75 it is another person already."""
        return min(1.0, 0.4 + 0.8 * self.similarity)

    @property
    def drift(self) -> float:
        """The slow drift of the pitch in semitones.

        Never 0, or different seeds would give the same result; but music has to stay in tune.
        """
        if self.keep_pitch != "off":
            return 0.0
        return 0.45 - 0.35 * self.stability
