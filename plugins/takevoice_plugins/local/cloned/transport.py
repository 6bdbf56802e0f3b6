"""Maps between distributions of spectra: optimal transport, refined by the nearest target frames.

The map between Gaussians is that of Olkin and Pukelsheim (1982), which moves the frames as little as possible.
Spectra are described by the first cosines of their log power over the mel bands, without level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mel import cosines

COSINES = 24
NEIGHBOURS = 8  # target frames averaged for the refinement
NEIGHBOUR_SHARE = 1 / 3  # a larger share is closer to the speaker, but makes phones less clear
MIN_VARIANCE = 1e-3
ENOUGH = 60.0  # frames per cosine; with fewer, the covariance is shrunk most
MAX_SHRINKAGE = 0.5


@dataclass(frozen=True)
class Cloud:
    """Frames (n, COSINES), their mean (COSINES,) and their covariance (COSINES, COSINES)."""

    frames: Samples
    mean: Samples
    covariance: Samples

    @property
    def deviation(self) -> Samples:
        """The standard deviation of each cosine: (COSINES,)."""
        return np.sqrt(np.diag(self.covariance))


def shapes(bands: int) -> Samples:
    """Return the cosines over `bands` bands, without the constant one: (COSINES, bands)."""
    rows: Samples = cosines(bands)[1 : min(COSINES, bands - 1) + 1]
    return rows


def cloud(log_power: Samples) -> Cloud:
    """Describe log power (n, bands) in nepers; the fewer frames, the more the covariance is shrunk."""
    frames = log_power @ shapes(log_power.shape[1]).T
    covariance = np.cov(frames.T) + MIN_VARIANCE * np.eye(frames.shape[1])
    shrinkage = MAX_SHRINKAGE * min(1.0, ENOUGH * frames.shape[1] / max(1, len(frames)))
    covariance = covariance * (1 - shrinkage) + np.diag(np.diag(covariance)) * shrinkage
    return Cloud(frames, frames.mean(axis=0), covariance)


def root(matrix: Samples) -> Samples:
    """Return the symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    half: Samples = (vectors * np.sqrt(np.maximum(values, 1e-10))) @ vectors.T
    return half


def transport(source: Samples, target: Samples) -> Samples:
    """Return the matrix that maps covariance S, `source`, to T, `target`: S^-1/2 (S^1/2 T S^1/2)^1/2 S^-1/2."""
    half = root(source)
    back = np.linalg.inv(half)
    matrix: Samples = back @ root(half @ target @ half) @ back
    return matrix


class TransportMap:
    """Maps frames of the source to the target.

    If `refine`, then part of the way to the nearest target frames.
    """

    def __init__(self, source: Cloud, target: Cloud, refine: bool) -> None:
        self._source, self._target, self._refine = source, target, refine
        self._matrix = transport(source.covariance, target.covariance)
        self._near = (target.frames - target.mean) / target.deviation
        self._size = np.einsum("ij,ij->i", self._near, self._near)

    def __call__(self, frames: Samples) -> Samples:
        """Map frames (n, COSINES): same shape."""
        moved: Samples = (frames - self._source.mean) @ self._matrix + self._target.mean
        count = min(NEIGHBOURS, len(self._near) - 1)
        if not self._refine or count < 1:
            return moved
        position = (moved - self._target.mean) / self._target.deviation
        distance = self._size - 2 * position @ self._near.T
        nearest = np.argpartition(distance, count, axis=1)[:, :count]
        refined: Samples = moved + NEIGHBOUR_SHARE * (self._target.frames[nearest].mean(axis=1) - moved)
        return refined
