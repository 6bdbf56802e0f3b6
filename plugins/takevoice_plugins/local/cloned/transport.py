"""From one cloud of spectra to another: the optimal transport between Gaussians, and the target's own neighbours.

The map between Gaussians is that of Olkin and Pukelsheim (1982): it moves as little as it can. Spectra are described
by the first cosines of their log power over the mel bands, without level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mel import cosines

COSINES = 24
NEIGHBOURS = 8
THEIR_SHARE = 1 / 3  # more is nearer to the speaker, and costs phones
MIN_VARIANCE = 1e-3
ENOUGH = 60.0  # frames for each cosine, from which a covariance is believed entirely
MAX_DOUBT = 0.5


@dataclass(frozen=True)
class Cloud:
    """Frames (n, COSINES) and what is known of their distribution."""

    frames: Samples
    mean: Samples
    covariance: Samples

    @property
    def deviation(self) -> Samples:
        """The standard deviation of each cosine."""
        return np.sqrt(np.diag(self.covariance))


def shapes(bands: int) -> Samples:
    """The cosines over that many bands, without the level: (COSINES, bands)."""
    rows: Samples = cosines(bands)[1 : min(COSINES, bands - 1) + 1]
    return rows


def cloud(log_power: Samples) -> Cloud:
    """Describes log power (n, bands) in nepers; a few frames are believed less than many."""
    frames = log_power @ shapes(log_power.shape[1]).T
    covariance = np.cov(frames.T) + MIN_VARIANCE * np.eye(frames.shape[1])
    doubt = MAX_DOUBT * min(1.0, ENOUGH * frames.shape[1] / max(1, len(frames)))
    covariance = covariance * (1 - doubt) + np.diag(np.diag(covariance)) * doubt
    return Cloud(frames, frames.mean(axis=0), covariance)


def root(matrix: Samples) -> Samples:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    half: Samples = (vectors * np.sqrt(np.maximum(values, 1e-10))) @ vectors.T
    return half


def transport(source: Samples, target: Samples) -> Samples:
    """The matrix that gives a Gaussian of covariance `source` the covariance `target`: S^-1/2 (S^1/2 T S^1/2)^1/2 S^-1/2."""
    half = root(source)
    back = np.linalg.inv(half)
    matrix: Samples = back @ root(half @ target @ half) @ back
    return matrix


class TransportMap:
    """Frames of the source's cloud to the target's; with `finer`, a part of the way on to the target's own frames nearest to there."""

    def __init__(self, source: Cloud, target: Cloud, finer: bool) -> None:
        self._source, self._target, self._finer = source, target, finer
        self._matrix = transport(source.covariance, target.covariance)
        self._near = (target.frames - target.mean) / target.deviation
        self._size = np.einsum("ij,ij->i", self._near, self._near)

    def __call__(self, frames: Samples) -> Samples:
        """Where the frames (n, COSINES) belong: same shape."""
        moved: Samples = (frames - self._source.mean) @ self._matrix + self._target.mean
        count = min(NEIGHBOURS, len(self._near) - 1)
        if not self._finer or count < 1:
            return moved
        place = (moved - self._target.mean) / self._target.deviation
        distance = self._size - 2 * place @ self._near.T
        nearest = np.argpartition(distance, count, axis=1)[:, :count]
        finer: Samples = moved + THEIR_SHARE * (self._target.frames[nearest].mean(axis=1) - moved)
        return finer
