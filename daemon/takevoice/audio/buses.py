"""The pieces that came back, at their absolute places: any stretch of a lane, with short fades from piece to piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile

from takevoice.audio.segmentation import FADE, Segment, Segmentation
from takevoice.audio.takes import Samples, native
from takevoice.jobs import Take


@dataclass(frozen=True)
class Part:
    """A piece that came back: its audio, and by how many frames that is late."""

    piece: Segment
    audio: Take
    late: int


class BusMixer:
    """All lanes of a take. Nothing is held in memory, and no place depends on another piece's length."""

    def __init__(self, layout: Segmentation, parts: Sequence[Part], sample_rate: int, channels: int) -> None:
        self._gains = np.array([lane.gains for lane in layout.lanes]).reshape(-1, channels)
        self._parts = [[part for part in parts if part.piece.lane == n] for n in range(len(layout.lanes))]
        self._fade = round(FADE * sample_rate)

    @property
    def gains(self) -> Samples:
        """How loud each lane is on each channel, (lanes, channels); no channel has more than one."""
        return self._gains

    def read(self, start: int, frames: int) -> Samples:
        """The voice on all channels, shape (frames, channels)."""
        voice: Samples = self.lanes(start, frames) @ self._gains
        return voice

    def lanes(self, start: int, frames: int) -> Samples:
        """The lanes themselves, shape (frames, lanes)."""
        lanes = np.zeros((frames, len(self._parts)))
        for number, parts in enumerate(self._parts):
            self._add(parts, start, lanes[:, number])
        return lanes

    def _add(self, parts: Sequence[Part], start: int, out: Samples) -> None:
        frames = len(out)
        for number, part in enumerate(parts):
            first, last = max(start, part.piece.start), min(start + frames, part.piece.end)
            if first >= last:
                continue
            weights = np.ones(last - first)
            if number and parts[number - 1].piece.end > part.piece.start:
                weights = np.minimum(weights, self._rise(first - part.piece.start, last - first))
            if number + 1 < len(parts) and parts[number + 1].piece.start < part.piece.end:
                # The mirror of the next one's rise: together they are 1.
                weights = np.minimum(
                    weights, 1 - self._rise(first - parts[number + 1].piece.start, last - first)
                )
            out[first - start : last - start] += weights * _read(part, first, last)

    def _rise(self, since: int, frames: int) -> Samples:
        """0 to 1 in the first frames of a piece, for `frames` from `since` frames after its start on."""
        return np.clip((since + np.arange(frames) + 0.5) / self._fade, 0, 1)


def _read(part: Part, first: int, last: int) -> Samples:
    """The part between two frames of the take; what it does not have is silence."""
    out = np.zeros(last - first)
    begin = first - part.piece.start + part.late
    end = begin + len(out)
    inside_from, inside_to = max(0, begin), min(part.audio.frames, end)
    if inside_from < inside_to:
        with soundfile.SoundFile(native(part.audio.path)) as file:
            file.seek(inside_from)
            out[inside_from - begin : inside_to - begin] = file.read(inside_to - inside_from, dtype="float64")
    return out
