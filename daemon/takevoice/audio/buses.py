"""The received segments at their absolute positions: any range of the channels, with short fades between segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.segmentation import FADE, Segment, Segmentation
from takevoice.audio.tape import Mono, Tape

Channels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ReceivedSegment:
    """A segment with its converted audio, and the delay of that audio in frames (negative: it is early)."""

    segment: Segment
    audio: Tape
    delay: int


class BusMixer:
    """All buses of a take: no segment's position depends on the length of another."""

    def __init__(
        self,
        segmentation: Segmentation,
        received: Sequence[ReceivedSegment],
        sample_rate: int,
        channels: int,
    ) -> None:
        buses = segmentation.buses
        self._gains = np.array([bus.gains for bus in buses], np.float32).reshape(-1, channels)
        self._delays = np.array([bus.delays or (0,) * channels for bus in buses], int).reshape(-1, channels)
        self._received = [[each for each in received if each.segment.bus == n] for n in range(len(buses))]
        self._fade = round(FADE * sample_rate)

    def read(self, start: int, frames: int, factors: npt.NDArray[np.float64]) -> Channels:
        """Return the converted audio on all channels, (frames, channels), each bus multiplied by its factor."""
        out = np.zeros((frames, self._gains.shape[1]), np.float32)
        for received, gains, delays, factor in zip(self._received, self._gains, self._delays, factors, strict=True):
            for delay in np.unique(delays[gains != 0]):
                bus = self._bus(received, start - int(delay), frames)
                for channel in np.flatnonzero((gains != 0) & (delays == delay)):
                    out[:, channel] += bus * np.float32(gains[channel] * factor)
        return out

    def _bus(self, received: Sequence[ReceivedSegment], start: int, frames: int) -> Mono:
        """Return a range of one bus."""
        if len(received) == 1 and received[0].segment.start <= start and start + frames <= received[0].segment.end:
            return _read(received[0], start, start + frames)
        out = np.zeros(frames, np.float32)
        for number, each in enumerate(received):
            segment = each.segment
            first, last = max(start, segment.start), min(start + frames, segment.end)
            if first < last:
                weights = self._weights(received, number, first, last)
                out[first - start : last - start] += weights * _read(each, first, last)
        return out

    def _weights(self, received: Sequence[ReceivedSegment], number: int, first: int, last: int) -> Mono:
        """Return the fades of a segment into its neighbours, between two frames."""
        segment = received[number].segment
        weights = np.ones(last - first, np.float32)
        if number and received[number - 1].segment.end > segment.start:
            weights = np.minimum(weights, self._fade_in(first - segment.start, last - first))
        if number + 1 < len(received) and received[number + 1].segment.start < segment.end:
            # The complement of the next segment's fade-in: their sum is 1.
            since = first - received[number + 1].segment.start
            weights = np.minimum(weights, 1 - self._fade_in(since, last - first))
        return weights

    def _fade_in(self, since: int, frames: int) -> Mono:
        """Return the weights, 0 to 1, of `frames` frames that begin `since` frames after the start of a segment."""
        fade = np.clip((since + np.arange(frames) + 0.5) / self._fade, 0, 1)
        return fade.astype(np.float32)


def _read(received: ReceivedSegment, first: int, last: int) -> Mono:
    """Return the audio between two frames of the take, with silence where the answer has none."""
    return received.audio.read(first - received.segment.start + received.delay, last - first)
