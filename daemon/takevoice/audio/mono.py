"""Takes of several channels: the one channel that is converted, and back to all of them.

The channels' covariance tells everything needed in one pass: how loud each is, and how it goes with the mix.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from takevoice.audio.takes import Samples, blocks, native
from takevoice.jobs import Take

CANCELLED = 0.05  # a mix with less than this share of the loudest channel's energy has cancelled itself out


@dataclass(frozen=True)
class Mixdown:
    """`weights` (channels,) give the one channel to convert; `gains` (channels,) bring it back to each channel."""

    weights: Samples
    gains: Samples


def plan_mixdown(take: Take) -> Mixdown:
    """The mean of the channels, or the loudest one where they cancel out. Gains keep each channel's energy and polarity."""
    channels = take.channels
    if channels == 1:
        return Mixdown(np.ones(1), np.ones(1))
    covariance = np.zeros((channels, channels))
    for block in blocks(take):
        covariance += block.T @ block
    energy = np.diag(covariance)
    weights = np.full(channels, 1 / channels)
    if weights @ covariance @ weights < CANCELLED * energy.max():
        weights = np.eye(channels)[energy.argmax()]
    mixed = weights @ covariance @ weights
    if mixed <= 0:
        return Mixdown(weights, np.ones(channels))
    polarity = np.where(covariance @ weights < 0, -1.0, 1.0)
    return Mixdown(weights, polarity * np.sqrt(energy / mixed))


def to_mono(take: Take, folder: Path) -> Take:
    """The take with one channel: itself, or a float32 mix in `folder`.

    A take whose name is no valid Unicode gets a plain one there: whoever converts need not know of such names.
    """
    if take.channels == 1 and str(take.path).isprintable():
        return take
    if take.channels == 1:
        link = folder / f"take{take.path.suffix}"
        link.unlink(missing_ok=True)
        link.symlink_to(take.path)
        return replace(take, path=link)
    mix = plan_mixdown(take)
    path = folder / "mono.w64"
    with soundfile.SoundFile(native(path), "w", take.sample_rate, 1, "FLOAT", format="W64") as file:
        for block in blocks(take):
            file.write(block @ mix.weights)
    return Take(path, take.frames, take.sample_rate, 1, "W64", "FLOAT")
