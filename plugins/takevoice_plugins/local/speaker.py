"""What is known of the speaker of a take: pitch, vocal tract and mean spectra, from one take or from several."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mel import BANDS
from takevoice_plugins.local.tract import FACTORS, tract_of

F0_LOWEST, F0_STEPS = 50.0, 112  # Hz; half semitones above it
STEPS_PER_OCTAVE = 24
STRAY = 1.0  # octaves from the median; F0 further away is left out of the spread
LEVEL_BANDS = 40  # the lowest bands, whose mean is the level of a spectrum
ENOUGH = 8.0  # seconds of voiced speech; more tells nothing new, and one speaker then has one mapping
MIN_VOICED = 0.3  # seconds of voiced speech below which nothing is learned
VERSION = 1
KEY = "takevoice_speaker"


@dataclass(frozen=True)
class Spectrum:
    """A mean of log power (BANDS,) in nepers without level, of `frames` frames."""

    frames: float
    mean: tuple[float, ...]

    def merged(self, other: Spectrum) -> Spectrum:
        """Return the mean of both."""
        frames = self.frames + other.frames
        if not frames:
            return self
        mean = (self.frames * np.array(self.mean) + other.frames * np.array(other.mean)) / frames
        return Spectrum(frames, _rounded(mean))


@dataclass(frozen=True)
class Speaker:
    """The measurements: seconds of voiced speech in each half semitone above 50 Hz, the evidence for each of
    `tract.FACTORS`, and the mean spectra. `takes` identifies the takes they are from."""

    takes: tuple[str, ...]
    f0_seconds: tuple[float, ...]
    tract_evidence: tuple[float, ...]
    voiced: Spectrum
    unvoiced: Spectrum
    given: bool = False  # learned by a command: it stays as it is

    @property
    def seconds(self) -> float:
        """Seconds of voiced speech."""
        return sum(self.f0_seconds)

    @property
    def is_settled(self) -> bool:
        """True if enough is known: nothing is added any more."""
        return self.given or self.seconds >= ENOUGH

    @property
    def id(self) -> str:
        """12 hexadecimal digits that identify the measurements."""
        return hashlib.sha256(to_text(replace(self, given=False)).encode()).hexdigest()[:12]

    @cached_property
    def f0(self) -> float | None:
        """The median F0 over time in Hz; None if nothing is voiced."""
        time = np.cumsum(self.f0_seconds)
        if time[-1] <= 0:
            return None
        half = time[-1] / 2
        step = int(np.searchsorted(time, half))
        before = time[step - 1] if step else 0.0
        part = (half - before) / max(time[step] - before, 1e-9)
        return float(F0_LOWEST * 2 ** ((step + part) / STEPS_PER_OCTAVE))

    @cached_property
    def f0_spread(self) -> float:
        """The standard deviation of F0 in octaves, without outliers; 0 if nothing is voiced."""
        if self.f0 is None:
            return 0.0
        octaves = (np.arange(F0_STEPS) + 0.5) / STEPS_PER_OCTAVE - np.log2(self.f0 / F0_LOWEST)
        weight = np.where(np.abs(octaves) < STRAY, self.f0_seconds, 0.0)
        mean = (weight * octaves).sum() / weight.sum()
        return float(np.sqrt((weight * (octaves - mean) ** 2).sum() / weight.sum()))

    @cached_property
    def tract(self) -> float:
        """The formant factor: 1 is average, above is a shorter vocal tract."""
        return tract_of(np.array(self.tract_evidence))

    def knows(self, take: Speaker) -> bool:
        """Return True if the measurements of `take` are among these."""
        return set(take.takes) <= set(self.takes)

    def merged(self, take: Speaker) -> Speaker:
        """Return what is known with another take; the same if that adds nothing."""
        return self if self.is_settled or take.seconds < MIN_VOICED else self.added(take)

    def added(self, take: Speaker) -> Speaker:
        """Return what is known with another take, however much that is already; the same if it is known."""
        if self.knows(take):
            return self
        return Speaker(
            self.takes + take.takes,
            _rounded(np.array(self.f0_seconds) + take.f0_seconds),
            _rounded(np.array(self.tract_evidence) + take.tract_evidence),
            self.voiced.merged(take.voiced),
            self.unvoiced.merged(take.unvoiced),
        )


def measured(
    f0: Samples, evidence: Samples, voiced: Samples | None, unvoiced: Samples | None, frames: tuple[int, int]
) -> Speaker:
    """Return the measurements of one take.

    `f0` (n,) in Hz of every voiced mark; `evidence` (factors,); the mean spectra (BANDS,) or None, of `frames` frames.
    """
    steps = np.clip(np.floor(STEPS_PER_OCTAVE * np.log2(np.maximum(f0, 1) / F0_LOWEST)), 0, F0_STEPS - 1)
    seconds: Samples = np.bincount(steps.astype(np.int64), 1 / np.maximum(f0, 1), F0_STEPS).astype(np.float64)
    spectra = [
        Spectrum(0.0, (0.0,) * BANDS)
        if mean is None
        else Spectrum(float(count), _rounded(mean - mean[:LEVEL_BANDS].mean()))
        for mean, count in zip((voiced, unvoiced), frames, strict=True)
    ]
    take = Speaker((), _rounded(seconds), _rounded(evidence), spectra[0], spectra[1])
    return replace(take, takes=(take.id,))


def to_text(speaker: Speaker) -> str:
    """Return the measurements as the text of a file."""
    table = {
        KEY: VERSION,
        "given": speaker.given,
        "takes": speaker.takes,
        "f0_seconds": speaker.f0_seconds,
        "tract_evidence": speaker.tract_evidence,
        **{
            name: {"frames": spectrum.frames, "mean": spectrum.mean}
            for name, spectrum in (("voiced", speaker.voiced), ("unvoiced", speaker.unvoiced))
        },
    }
    return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in table.items()) + "\n}\n"


def from_text(text: str) -> Speaker:
    """Read the text of a file; raises ValueError, KeyError or TypeError if it is not one."""
    table = json.loads(text)
    if not isinstance(table, dict) or table.get(KEY) != VERSION:
        raise ValueError("it is not a speaker, or of another version")
    voiced, unvoiced = (
        Spectrum(float(table[name]["frames"]), _numbers(table[name]["mean"], BANDS))
        for name in ("voiced", "unvoiced")
    )
    return Speaker(
        tuple(str(take) for take in table["takes"]),
        _numbers(table["f0_seconds"], F0_STEPS),
        _numbers(table["tract_evidence"], len(FACTORS)),
        voiced,
        unvoiced,
        bool(table["given"]),
    )


def _numbers(values: object, count: int) -> tuple[float, ...]:
    numbers = np.array(values, np.float64)
    if numbers.shape != (count,) or not np.isfinite(numbers).all():
        raise ValueError("it is damaged")
    return tuple(numbers.tolist())


def _rounded(values: Samples) -> tuple[float, ...]:
    return tuple(np.round(values, 4).tolist())
