"""The received segments at their absolute positions: any range of a bus, with short fades between segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from takevoice.audio.sample_formats import Samples
from takevoice.audio.segmentation import FADE, Segment, Segmentation
from takevoice.audio.takes import open_sound
from takevoice.jobs import Take


@dataclass(frozen=True)
class ReceivedSegment:
    """A segment with its converted audio, and the delay of that audio in frames (negative: it is early)."""

    segment: Segment
    audio: Take
    delay: int


class BusMixer:
    """All buses of a take, read from files: no segment's position depends on the length of another."""

    def __init__(
        self,
        segmentation: Segmentation,
        received: Sequence[ReceivedSegment],
        sample_rate: int,
        channels: int,
    ) -> None:
        buses = segmentation.buses
        self._gains = np.array([bus.gains for bus in buses]).reshape(-1, channels)
        self._delays = np.array([bus.delays or (0,) * channels for bus in buses], int).reshape(-1, channels)
        self._received = [[each for each in received if each.segment.bus == n] for n in range(len(buses))]
        self._fade = round(FADE * sample_rate)

    @property
    def gains(self) -> Samples:
        """The gain of each bus on each channel, shape (buses, channels)."""
        return self._gains

    def read_channels(self, start: int, frames: int) -> Samples:
        """Return the converted audio on all channels, shape (frames, channels)."""
        channels = np.zeros((frames, self._gains.shape[1]))
        for delay in np.unique(self._delays):
            gains = np.where(self._delays == delay, self._gains, 0.0)
            if gains.any():
                channels += self.read_buses(start - int(delay), frames) @ gains
        return channels

    def read_buses(self, start: int, frames: int) -> Samples:
        """Return the converted audio of the buses, shape (frames, buses)."""
        buses = np.zeros((frames, len(self._received)))
        for number, received in enumerate(self._received):
            self._add(received, start, buses[:, number])
        return buses

    def _add(self, received: Sequence[ReceivedSegment], start: int, out: Samples) -> None:
        """Add to `out` the range of one bus that begins at `start`."""
        frames = len(out)
        for number, each in enumerate(received):
            segment = each.segment
            first, last = max(start, segment.start), min(start + frames, segment.end)
            if first >= last:
                continue
            weights = np.ones(last - first)
            if number and received[number - 1].segment.end > segment.start:
                weights = np.minimum(weights, self._fade_in(first - segment.start, last - first))
            if number + 1 < len(received) and received[number + 1].segment.start < segment.end:
                # The complement of the next segment's fade-in: their sum is 1.
                since = first - received[number + 1].segment.start
                weights = np.minimum(weights, 1 - self._fade_in(since, last - first))
            out[first - start : last - start] += weights * _read(each, first, last)

    def _fade_in(self, since: int, frames: int) -> Samples:
        """Return the weights, 0 to 1, of `frames` frames that begin `since` frames after the start of a segment."""
        return np.clip((since + np.arange(frames) + 0.5) / self._fade, 0, 1)


def _read(received: ReceivedSegment, first: int, last: int) -> Samples:
    """Return the audio between two frames of the take, with silence where the answer has none."""
    out = np.zeros(last - first)
    begin = first - received.segment.start + received.delay
    end = begin + len(out)
    read_from, read_to = max(0, begin), min(received.audio.frames, end)
    if read_from < read_to:
        with open_sound(received.audio.path) as file:
            file.seek(read_from)
            out[read_from - begin : read_to - begin] = file.read(read_to - read_from, dtype="float64")
    return out
