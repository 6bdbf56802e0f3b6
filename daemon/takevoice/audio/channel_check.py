"""Whether what the channels of a take are to each other holds at every moment of it, not only on the whole.

A take whose channels are copies but for one word, two people in one stereo picture, or a boom that hears two actors: on the whole
their channels look related, but one moment tells that they are not the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takevoice.audio.sample_formats import Audio, Samples

EXACT_WINDOW, VOICE_WINDOW = 0.02, 0.1  # seconds
AUDIBLE = 1e-4  # of the loudest window's energy: what a copy or a sum leaves over below that is not heard
DIFFERENT = 0.1  # share of a window's energy that may be left over
HEARD = 1e-3  # the same two for one voice at two microphones that are close together
DIFFERENT_PLACE = 0.05
BLOCK = 1 << 17  # frames that are read at once

Read = Callable[[int, int], Audio]


@dataclass(frozen=True)
class Claim:
    """A channel follows others, (channel, gain, delay in frames): exactly, or as one voice at two microphones."""

    channel: int
    sources: tuple[tuple[int, float, int], ...]
    exact: bool
    is_sum: bool = False

    @property
    def key(self) -> frozenset[int]:
        """What does not belong together if the claim does not hold: two channels, or a channel from a sum of several."""
        if self.is_sum:
            return frozenset({self.channel})
        return frozenset({self.channel, self.sources[0][0]})


def failing(claims: Sequence[Claim], read: Read, frames: int, sample_rate: int) -> set[frozenset[int]]:
    """Return the keys of those claims that do not hold all through the take; it is read once."""
    checks = [_Check(claim, sample_rate) for claim in claims]
    reach = max((abs(delay) for claim in claims for _, _, delay in claim.sources), default=0)
    step = max(check.window for check in checks) * max(1, BLOCK // max(check.window for check in checks))
    for start in range(0, frames, step):
        first, last = max(0, start - reach), min(frames, start + step + reach)
        block = read(first, last - first)
        padded = np.zeros((step + 2 * reach, block.shape[1]), np.float32)
        at = first - (start - reach)
        padded[at : at + len(block)] = block
        for check in checks:
            check.feed(padded, reach, min(step, frames - start))
    return {check.claim.key for check in checks if not check.holds()}


class _Check:
    """The windows' energies of one claim."""

    def __init__(self, claim: Claim, sample_rate: int) -> None:
        self.claim = claim
        self.window = max(1, round((EXACT_WINDOW if claim.exact else VOICE_WINDOW) * sample_rate))
        self._found: list[Samples] = []

    def feed(self, padded: npt.NDArray[np.float32], reach: int, frames: int) -> None:
        """Measure `frames` frames, with `reach` frames before and behind them."""
        own = padded[reach : reach + frames, self.claim.channel]
        expected = np.zeros(frames, np.float32)
        for channel, gain, delay in self.claim.sources:
            expected += np.float32(gain) * padded[reach - delay : reach - delay + frames, channel]
        if not self.claim.exact:
            # Brightened, so that rumble and hum, which differ between microphones, count for nothing.
            own, expected = np.diff(own, prepend=own[:1]), np.diff(expected, prepend=expected[:1])
        self._add(own * own, expected * expected, np.square(own - expected))

    def _add(self, *powers: npt.NDArray[np.float32]) -> None:
        padding = -len(powers[0]) % self.window
        self._found.append(
            np.array([np.pad(each, (0, padding)).reshape(-1, self.window).sum(axis=1, dtype=np.float64) for each in powers])
        )

    def holds(self) -> bool:
        """Return True if nothing audible is left over in any window of what was fed."""
        own, expected, left = np.concatenate(self._found, axis=1) if self._found else np.zeros((3, 0))
        share, audible = (DIFFERENT, AUDIBLE) if self.claim.exact else (DIFFERENT_PLACE, HEARD)
        there = np.maximum(own, expected)
        return not bool(((left > share * there) & (left > audible * there.max(initial=0))).any())
