"""How long the vocal tract of a speaker is, from the spectra of voiced speech, whatever their pitch.

As in vocal tract length normalisation for speech recognition (Lee and Rose 1998): of all formant factors, the one after
which the spectra are most likely those of an average speaker. `tract_model.json` is that speaker: a Gaussian mixture.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mel import MIN_BANDS, centres, cosines, warp

MODEL = Path(__file__).with_name("tract_model.json")
FACTORS = np.arange(0.74, 1.381, 0.04)  # tried; above 1 is a shorter tract
TO = 5500.0  # Hz, the highest frequency that is looked at
MIN_FRAMES = 20
MAX_FRAMES = 250  # looked at in one take; more tell no more
INDEPENDENT = 0.1  # of the frames, which overlap and are alike within a sound
SPREAD = 0.12  # of the factors of all people, around 1: what is assumed of a speaker who said little


@dataclass(frozen=True)
class AverageSpeaker:
    """A mixture of Gaussians over the shapes of spectra: weights (n,), means and variances (n, shapes)."""

    weights: Samples
    means: Samples
    variances: Samples

    def log_likelihood(self, frames: Samples) -> float:
        """Return the mean log likelihood of frames (n, shapes)."""
        precision = 1 / self.variances
        distance = frames**2 @ precision.T - 2 * frames @ (self.means * precision).T
        constant = (self.means**2 * precision).sum(axis=1) + np.log(self.variances).sum(axis=1)
        each = np.log(self.weights) - 0.5 * (distance + constant)
        highest = each.max(axis=1)
        return float(np.mean(highest + np.log(np.exp(each - highest[:, None]).sum(axis=1))))


@cache
def average_speaker() -> AverageSpeaker:
    """Return the model, as written by `tests/bench/make_tract_model.py`."""
    table = json.loads(MODEL.read_text(encoding="utf-8"))
    return AverageSpeaker(*(np.array(table[name]) for name in ("weights", "means", "variances")))


def shapes_at(log_power: Samples, factor: float, count: int) -> Samples:
    """Return the shapes (n, `count`) of spectra (n, bands) after a formant factor, each of mean 0 and deviation 1."""
    bands = min(log_power.shape[1], max(MIN_BANDS, int(np.searchsorted(centres(), TO))))
    shapes = warp(log_power, factor)[:, :bands] @ cosines(bands)[1 : count + 1].T
    shapes -= shapes.mean(axis=0)
    normal: Samples = shapes / np.maximum(shapes.std(axis=0), 1e-6)
    return normal


def evidence(voiced: Samples) -> Samples:
    """Return how likely each of FACTORS is by voiced spectra (n, bands) in nepers: log likelihood, (factors,).

    Zeros if there are too few. Evidence of several takes of one speaker can be added up.
    """
    if len(voiced) < MIN_FRAMES:
        return np.zeros(len(FACTORS))
    count = min(len(voiced), MAX_FRAMES)
    frames = voiced[np.linspace(0, len(voiced) - 1, count).astype(np.int64)]
    model = average_speaker()
    size = model.means.shape[1]
    curve = [model.log_likelihood(shapes_at(frames, 1 / factor, size)) for factor in FACTORS.tolist()]
    likely: Samples = INDEPENDENT * len(voiced) * (np.array(curve) - max(curve))
    return likely


def tract_of(evidence: Samples) -> float:
    """Return the most likely factor, where little evidence leaves it near the average of 1."""
    curve = evidence - 0.5 * (np.log(FACTORS) / SPREAD) ** 2
    best = int(np.clip(curve.argmax(), 1, len(curve) - 2))
    left, middle, right = curve[best - 1 : best + 2]
    offset = np.clip(0.5 * (left - right) / min(left - 2 * middle + right, -1e-9), -0.5, 0.5)
    return float(FACTORS[best] + offset * (FACTORS[1] - FACTORS[0]))
