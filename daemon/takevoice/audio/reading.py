"""A take as it is read once: what was measured, and its audio, in memory where it is short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from takevoice.audio.analysis import Analyser, TakeAnalysis
from takevoice.audio.containers import channel_weights
from takevoice.audio.sample_formats import Audio, Samples, is_exact_in_float32, pcm_bits
from takevoice.audio.takes import open_take, read_blocks
from takevoice.audio.tape import IN_MEMORY
from takevoice.errors import AudioError
from takevoice.files import storage_error
from takevoice.jobs import Take

Read = Callable[[int, int], Audio]
"""Returns the samples of a range (start, frames) of a take, shape (frames, channels)."""
LOUDEST = 1e3  # times full scale; what is louder was not meant as sound


@dataclass(frozen=True)
class TakeReading:
    """A take, the measurements of one pass through it, and all of its samples if they were kept."""

    take: Take
    analysis: TakeAnalysis
    samples: npt.NDArray[np.float32] | None
    weights: Samples | None = None  # of each channel's power in the loudness; None: all alike

    @property
    def size(self) -> int:
        """Bytes of memory that the samples need."""
        return 0 if self.samples is None else self.samples.nbytes

    @contextmanager
    def open(self) -> Iterator[Read]:
        """Open the audio, exactly as it is in the file, for reading any range; raises NotAudio or StorageError."""
        if self.samples is not None:
            kept = self.samples
            yield lambda start, frames: kept[start : start + frames]
            return
        kind = "float32" if is_exact_in_float32(self.take.subtype) else "float64"
        with open_take(self.take) as file:

            def read(start: int, frames: int) -> Audio:
                if file.tell() != start:
                    file.seek(start)
                blocks = list(read_blocks(file, self.take.path, kind, frames))
                return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

            yield read


def read_take(take: Take) -> TakeReading:
    """Read and measure a take.

    Raises:
        AudioError: the file cannot be read, its number of frames differs from its header, or a sample is not a number,
            or louder than any take.
    """
    weights = _weights(take)
    analyser = Analyser(take.sample_rate, take.channels, weights)
    kept = _room(take)
    count = 0
    with open_take(take) as file:
        for block in read_blocks(file, take.path, _kind(take.subtype)):
            samples = _measured(block, analyser)
            if not np.abs(samples).max(initial=0.0) <= LOUDEST:  # also where it is not a number
                raise _unusable(take, count, samples)
            if kept is not None:
                kept[count : count + len(block)] = samples[: len(kept) - count]
            count += len(block)
            analyser.feed(samples)
    if count != take.frames:
        raise AudioError(
            f"contains {count} frames, but its header states {take.frames}",
            where=str(take.path),
            hint="render it again",
        )
    return TakeReading(take, analyser.result(), kept, weights)


def _weights(take: Take) -> Samples | None:
    if take.channels == 1:
        return None
    try:
        weights = channel_weights(take)
    except OSError as error:
        raise storage_error("cannot be read", take.path, error) from error
    return None if weights is None or not any(weights) else np.array(weights)


def _room(take: Take) -> npt.NDArray[np.float32] | None:
    """Return an array for all samples; None when they are many, or float32 does not hold them exactly."""
    if take.frames * take.channels > IN_MEMORY or not is_exact_in_float32(take.subtype):
        return None
    return np.empty((take.frames, take.channels), np.float32)


def _kind(subtype: str) -> str:
    if pcm_bits(subtype) is not None:
        return "int32"
    return "float64" if subtype == "DOUBLE" else "float32"


def _measured(block: npt.NDArray[Any], analyser: Analyser) -> npt.NDArray[np.float32]:
    """Return the block as float32 samples."""
    if block.dtype != np.int32:
        return block.astype(np.float32, copy=False)
    analyser.feed_integers(block)
    samples = block.astype(np.float32)
    samples *= np.float32(2.0**-31)
    return samples


def _unusable(take: Take, count: int, samples: npt.NDArray[np.float32]) -> AudioError:
    finite = np.isfinite(samples)
    if finite.all():
        first = count + int(np.flatnonzero((np.abs(samples) > LOUDEST).any(axis=1))[0])
        return AudioError(
            f"holds samples over {LOUDEST:,.0f} times full scale (the first one at {first / take.sample_rate:.3f} s)",
            where=str(take.path),
            hint="a plugin on the track has failed there, or a program has written integers as floating point: "
            "render the take again",
        )
    first = count + int(np.flatnonzero(~finite.all(axis=1))[0])
    return AudioError(
        f"holds samples that are not numbers (the first one at {first / take.sample_rate:.3f} s)",
        where=str(take.path),
        hint="a plugin on the track has failed there: bypass it, or render the take again",
    )
