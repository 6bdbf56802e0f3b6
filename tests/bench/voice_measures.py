"""What is measured of a source and its result."""

from __future__ import annotations

import numpy as np
import praat
from voice_speakers import RATE

HOP = 0.01  # seconds


def f0_of(samples: np.ndarray) -> np.ndarray:
    """Praat's F0 every 10 ms in Hz, 0 where unvoiced."""
    return praat.pitch(samples, RATE, HOP, floor=60, ceiling=600)
