"""Maps between distributions of spectra: optimal transport.

The map between Gaussians is that of Olkin and Pukelsheim (1982), which moves the frames as little as possible.
Spectra are described by the first cosines of their log power over the mel bands, without level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mel import cosines

COSINES = 24
MIN_VARIANCE = 1e-3
ENOUGH = 60.0  # frames per cosine; with fewer, the covariance is shrunk most
MAX_SHRINKAGE = 0.5


@dataclass(frozen=True)
class Cloud:
    """The mean (COSINES,) and the covariance (COSINES, COSINES) of frames."""

    mean: Samples
    covariance: Samples


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
    return Cloud(frames.mean(axis=0), covariance)


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
    """Maps frames of the source to the target."""

    def __init__(self, source: Cloud, target: Cloud) -> None:
        self._source, self._target = source.mean, target.mean
        self._matrix = transport(source.covariance, target.covariance)

    def __call__(self, frames: Samples) -> Samples:
        """Map frames (n, COSINES): same shape."""
        moved: Samples = (frames - self._source) @ self._matrix + self._target
        return moved
