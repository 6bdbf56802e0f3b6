"""The register of a speaker in a take: the F0 that is usual there, by a first look at the candidates of each frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from takevoice_plugins.local.arrays import Samples, Singles

VOICED = 0.5  # strength of a voice that is just voiced
CLEAR = 0.75  # strength from which a frame tells the register, also after more periods
MIN_FRAMES = 20
LONG = 200  # frames that are not silent, from which a take may be whispered
WHISPERED = 0.02  # share of them that is clear at most; even in echoing rooms, speech has more
LOOKS = 3
USUAL = 0.5  # octaves beyond the quartiles that cost nothing
WIDEST = 1.0  # octaves to each side of the median
COST = 0.16  # strength per octave beyond
HIGHEST_COST = 0.32
BELIEVED = 8.0  # times how much weaker a candidate is: what it costs at most to be high, if it repeats
MIN_F0 = 1.0  # Hz


class Candidates(NamedTuple):
    """The candidates of frames, all (frames, n): F0 in Hz, 0 for unvoiced; strength; what they lose after more periods."""

    f0: Samples
    strength: Samples
    lost: Samples


@dataclass(frozen=True)
class Register:
    """The range of F0 in Hz that is usual for a speaker in a take.

    `is_whispered`: only what is clear is voiced, as narrow formants give noise something like a pitch for a moment. `hum`: of the
    recording, from `correlation.find_hum`.
    """

    lowest: float
    highest: float
    is_whispered: bool = False
    hum: Singles | None = field(default=None, compare=False)

    def cost(self, found: Candidates) -> Samples:
        """Return what the register takes from the strength of voiced candidates (frames, n): same shape.

        A higher one is believed if it is about as strong as the strongest and repeats for several periods: a scream has no weak
        lower octave and continues, while a formant of a lower voice dies away before its next period.
        """
        octaves = np.log2(np.maximum(found.f0, MIN_F0))
        weaker = found.strength.max(axis=1, keepdims=True) - found.strength
        doubtful = np.maximum(BELIEVED * weaker, found.lost)
        above = np.minimum(COST * (octaves - np.log2(self.highest)), doubtful)
        below = COST * (np.log2(self.lowest) - octaves)
        cost: Samples = np.clip(np.maximum(above, below), 0, HIGHEST_COST)
        return cost + found.lost + (CLEAR - VOICED) if self.is_whispered else cost


ANYONE = Register(50.0, 500.0)
WHISPER = Register(50.0, 500.0, is_whispered=True)


def find_register(found: Candidates) -> Register:
    """Return the register that the clearest candidates (frames, 1 + n) of a take show; `ANYONE` or `WHISPER` if too few are clear.

    Each look decides by the register of the one before which candidate of a frame is the best.
    """
    register = Register(MIN_F0, np.inf)
    for _ in range(LOOKS):
        best = rescored(found, register)[:, 1:].argmax(axis=1)
        f0, strength, lost = (part[np.arange(len(best)), 1 + best] for part in found)
        clear = strength - lost > CLEAR
        if clear.sum() < MIN_FRAMES:
            sounding = int((found.strength[:, 0] <= VOICED).sum())
            return WHISPER if sounding >= LONG and clear.sum() < WHISPERED * sounding else ANYONE
        register = _usual(f0[clear])
    return register


def _usual(f0: Samples) -> Register:
    """Return the register of clear frames (n,) in Hz.

    At most an octave to each side of the median is usual: in some vowels of some speakers, a formant is clearer than the
    pitch, which moves the quartiles but hardly the median.
    """
    low, median, high = np.quantile(f0, [0.25, 0.5, 0.75])
    lowest, highest = max(low * 2**-USUAL, median * 2**-WIDEST), min(high * 2**USUAL, median * 2**WIDEST)
    return Register(float(lowest), float(highest))


def rescored(found: Candidates, register: Register) -> Samples:
    """Return the strength of candidates (frames, 1 + n) with what the register says of them."""
    scored = found.strength.copy()
    scored[:, 1:] -= register.cost(Candidates(*(part[:, 1:] for part in found)))
    return scored
