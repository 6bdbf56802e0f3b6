"""The place of a backend's answer relative to its take, independent of the voice: offset, drift and correlation.

The loudness over time of take and answer in mel bands is correlated at each offset that can happen. A correlation rho
of n independent moments counts as the logarithm of the likelihood ratio of two related Gaussian series to two unrelated
ones, -n / 2 * log(1 - rho**2) (Kullback 1959), plus the log odds of such an offset. An answer is moved only if one offset
is much likelier than all others, and if no sound is lost.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from takevoice.audio.correlation import Correlation, correlate, refine
from takevoice.audio.edge_loss import movable
from takevoice.audio.level_pictures import HOP, take_picture

Series = npt.NDArray[np.float64]
ReadMono = Callable[[int, int], npt.NDArray[np.float32]]
"""Returns the samples (frames,) of a range (start, frames) of mono audio, with silence outside of it."""

MIN_OFFSET = 3.0  # ms: a smaller offset is within the error of the measurement
WINDOW = 8.0  # seconds
MAX_WINDOWS = 8  # spread over the take
MIN_TAKE = 0.1  # seconds
MIN_RANGE = 10.0  # dB between quiet and loud moments of a usable window
MAX_SHARE = 1 / 3  # of a take: by no more is it searched
DENSITY = 25.0  # independent moments in a second: fits the correlations of unrelated speech
CLEAR, CLOSE = 5.0, 2.0  # by how much an offset must be likelier than other peaks, and than all that is not nearby
MIN_CORRELATION = 0.35  # below, other words are found everywhere, however long the take is
SETTLED = 0.6  # of a lag: a peak that lies farther off is held back by the odds only, and none
BLURRED = 0.005  # seconds by which a good placement may be wrong: by no more is a correction shortened to lose nothing
NEARBY = 10.0  # ms: closer than this, offsets do not compete
AGREEMENT = 4.0  # ms within which windows agree
AGREEING = 2 / 3  # share of the windows
TELLABLE = 1.0  # seconds: in shorter takes, right and wrong words cannot be told apart
UNRELATED = 0.65  # a correlation that hardly any other words reach in one second
LIFELESS, LIVELY = 3.5, 8.0  # dB: changes of the level of sustained sounds, and of speech
LEAST_NEEDED = 0.25  # share of the correlation of speech that the right answer to a sustained sound has


class Kind(enum.Enum):
    """Where an answer comes from, which tells the offsets that can happen."""

    EXACT = "exact"
    """Lossless and as long as its take: at most the latency of a backend."""
    LOSSY = "lossy"
    """Through a codec, which may add its delay."""
    SERVICE = "service"
    """From a service, of which offsets of up to 50 ms are known."""


_REACH = {Kind.EXACT: 0.15, Kind.LOSSY: 0.25, Kind.SERVICE: 0.25}  # seconds, in both directions; more if the lengths differ
_UNEXPECTED = -6.0
# (from, to, log odds) of offsets in ms; the first that fits counts. An MP3 without its delay is 1105 samples late or more.
_LOG_ODDS = {
    Kind.EXACT: ((-3, 3, 0.0), (-60, 60, -3.0), (-120, 120, -4.0)),
    Kind.LOSSY: ((-3, 3, 0.0), (20, 160, -2.0), (-60, 60, -3.0), (-120, 160, -4.0)),
    Kind.SERVICE: ((-3, 3, 0.0), (-60, 60, -2.0), (-120, 160, -4.0)),
}


@dataclass(frozen=True)
class Placement:
    """The place of an answer relative to its take. Times in ms; positive: it is late.

    `correlation` is near 1 for the same words at the same times, near 0 for unrelated audio; the answer to something else
    hardly ever reaches `needed`. `sure` is true if the evidence suffices to move the answer by `offset`; else `remark` says
    why, if there was an offset to correct.
    """

    offset: float
    drift: float
    correlation: float
    sure: bool
    remark: str = ""
    needed: float = -1.0

    @property
    def alike(self) -> bool:
        """False if the answer has other words than the take, or none at all; true where that cannot be told."""
        return self.sure or self.correlation >= self.needed


@dataclass(frozen=True)
class _Window:
    """One window of a take: the time of its middle in s, its correlation at each lag and what it counts.

    `change` is the standard deviation of the take's level in dB.
    """

    time: float
    change: float
    found: Correlation
    evidence: Series


def place(
    original: ReadMono, frames: int, converted: ReadMono, converted_frames: int, rate: int, kind: Kind
) -> Placement | None:
    """Compare a take of `frames` frames with its answer of `converted_frames`, both at `rate` Hz.

    Returns None if the take is shorter than 0.1 s, or its level hardly changes.
    """
    if frames < MIN_TAKE * rate:
        return None
    seconds = _REACH[kind] + abs(converted_frames - frames) / rate
    reach = round(min(seconds, MAX_SHARE * frames / rate) / HOP)
    windows = [
        found
        for start, length in _spread(frames, rate)
        if (found := _compare(original, start, length, converted, converted_frames, rate, reach)) is not None
    ]
    if not windows:
        return None
    placement = replace(_judge(windows, kind), needed=_needed(windows, frames / rate))
    earlier = round(placement.offset * rate / 1000)
    if not placement.sure or abs(placement.offset) < MIN_OFFSET:
        return placement
    possible = movable(converted, converted_frames, frames, rate, earlier)
    if abs(earlier - possible) > BLURRED * rate:
        edge = "start" if earlier > 0 else "end"
        return replace(placement, sure=False, remark=f"moving it would cut off sound at its {edge}")
    return replace(placement, offset=1000 * possible / rate) if possible != earlier else placement


def _needed(windows: Sequence[_Window], seconds: float) -> float:
    """Return the correlation that other words hardly ever reach; -1 if that cannot be told.

    Sustained sounds, as music, correlate less with their conversion: their level hardly says what they are.
    """
    if seconds < TELLABLE:
        return -1.0
    change = float(np.mean([each.change for each in windows]))
    share = max(LEAST_NEEDED, min(1.0, (change - LIFELESS) / (LIVELY - LIFELESS)))
    return share * max(MIN_CORRELATION, UNRELATED / math.sqrt(seconds))


def _spread(frames: int, rate: int) -> list[tuple[int, int]]:
    """Return (start, frames) of evenly spaced windows."""
    length = min(frames, round(WINDOW * rate))
    number = min(-(-frames // length), MAX_WINDOWS)
    return [(int(start), length) for start in np.linspace(0, frames - length, number)]


def _compare(
    original: ReadMono,
    start: int,
    length: int,
    converted: ReadMono,
    converted_frames: int,
    rate: int,
    reach: int,
) -> _Window | None:
    """Correlate a window of a take with its surroundings in the answer; None if its level hardly changes."""
    levels = take_picture(original(start, length), rate)
    if len(levels) < 2 or np.subtract(*np.percentile(levels.max(axis=1), (95, 5))) < MIN_RANGE:
        return None
    before = min(reach, int(start / (HOP * rate)))
    first = start - round(before * HOP * rate)
    last = max(first, min(converted_frames, start + length + round(reach * HOP * rate)))
    answer = take_picture(converted(first, last - first), rate)
    found = correlate(levels, answer, -before, reach)
    moments = found.moments * (HOP * DENSITY)
    evidence = -0.5 * moments * np.log1p(-np.square(np.clip(found.values, 0, 0.999)))
    return _Window((start + length / 2) / rate, float(levels.std(axis=0).mean()), found, evidence)


def _judge(windows: Sequence[_Window], kind: Kind) -> Placement:
    """Return what the windows say together."""
    hop, reach = 1000 * HOP, windows[0].found.reach
    lags: Series = np.arange(-reach, reach + 1) * np.float64(hop)
    odds = _log_odds(lags, kind)
    evidence = np.sum([each.evidence for each in windows], axis=0)
    peaks = [int((each.evidence + odds).argmax()) for each in windows]
    slips = np.array([refine(each.found.values, peak) for each, peak in zip(windows, peaks, strict=True)])
    offsets = lags[peaks] + hop * np.clip(slips, -0.5, 0.5)
    scores = np.array([each.found.values[peak] for each, peak in zip(windows, peaks, strict=True)])
    good = scores >= min(0.5 * scores.max(), scores.max())
    offset = float(np.median(offsets[good]))
    agreeing = float(((np.abs(offsets - offset) <= AGREEMENT) & (np.abs(slips) <= SETTLED)).mean())
    correlation = float(np.median(scores))
    related = correlation >= MIN_CORRELATION and evidence[(evidence + odds).argmax()] >= CLEAR
    sure = related and agreeing >= AGREEING and _is_clear(evidence + odds, lags)
    remark = "" if sure or abs(offset) < MIN_OFFSET else "the evidence is too thin to move it"
    drift = _drift(np.array([each.time for each in windows])[good], offsets[good])
    return Placement(offset, drift, correlation, bool(sure), remark)


def _log_odds(lags: Series, kind: Kind) -> Series:
    """Return the log odds of each offset in `lags`, in ms."""
    odds = np.full(len(lags), _UNEXPECTED)
    for first, last, value in reversed(_LOG_ODDS[kind]):
        odds[(lags >= first) & (lags <= last)] = value
    return odds


def _is_clear(likelihood: Series, lags: Series) -> bool:
    """Return True if the likeliest offset is much likelier than all others, and than none at all."""
    best = int(likelihood.argmax())
    margins = likelihood[best] - likelihood
    first, last = _lobe(likelihood, best)
    rivals = np.ones(len(lags), bool)
    rivals[first : last + 1] = False
    if abs(lags[best]) >= MIN_OFFSET:
        rivals |= lags == 0
    far = np.abs(lags - lags[best]) > NEARBY
    inside = 0 < best < len(lags) - 1
    return bool(
        inside
        and margins[rivals].min(initial=np.inf) >= CLEAR
        and margins[far].min(initial=np.inf) >= CLOSE
    )


def _lobe(values: Series, at: int) -> tuple[int, int]:
    """Return the first and last index around a peak up to which the values fall."""
    falls = np.diff(values)
    rising, falling = np.flatnonzero(falls[:at] < 0), np.flatnonzero(falls[at:] > 0)
    return (int(rising[-1]) + 1 if len(rising) else 0), (at + int(falling[0]) if len(falling) else len(values) - 1)


def _drift(times: Series, offsets: Series) -> float:
    """Return the change of the offset between the first and the last time: the median slope of all pairs (Theil 1950)."""
    if len(times) < 3:
        return 0.0
    first, second = np.triu_indices(len(times), 1)
    slopes = (offsets[second] - offsets[first]) / (times[second] - times[first])
    return float(np.median(slopes) * (times[-1] - times[0]))
