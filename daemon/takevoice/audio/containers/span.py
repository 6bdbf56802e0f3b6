"""The part of a file that an excerpt holds, and where positions of the file are in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """The frames of a file that an excerpt holds, and its channels."""

    first: int  # frame of the file
    frames: int
    sample_rate: int  # Hz
    channels: tuple[int, ...] = ()  # their numbers from 1, in the order of the excerpt; empty: all, as they are

    def position(self, frame: int) -> int | None:
        """Return the frame of the excerpt at a frame of the file; None outside of it."""
        at = frame - self.first
        return at if 0 <= at < self.frames else None

    def region(self, frame: int, length: int) -> tuple[int, int] | None:
        """Return position and length of what the excerpt has of some frames; None if it has none of them."""
        start = max(0, frame - self.first)
        stop = min(self.frames, frame + length - self.first)
        return (start, stop - start) if start < stop else None
