"""Streaming F0 tracking: peaks of the windowed autocorrelation, and the best path through them.

Candidates as in Boersma (1993), "Accurate short-term analysis of the fundamental frequency": peaks of the
autocorrelation of the windowed frame divided by that of the window. What is known of the speaker's register decides
between candidates an octave or more apart. A voice repeats period after period, while a formant that rings within one
period dies away, so candidates also have the correlation after two and three of their periods.
"""

from __future__ import annotations

import numpy as np

from takevoice_plugins.local.arrays import Samples, Singles, SlidingBuffer
from takevoice_plugins.local.correlation import LOWEST, FrameCorrelation
from takevoice_plugins.local.register import ANYONE, VOICED, Candidates, Register, rescored
from takevoice_plugins.local.viterbi import FixedLagViterbi

HOP = 0.005  # seconds between frames
CANDIDATES = 7
MIN_PEAK = 0.25  # correlation
REPEATED = np.array([[2.0], [3.0]])  # periods after which a candidate should correlate as well
OCTAVE_COST = 0.035  # correlation per octave downwards
SILENCE_THRESHOLD = 0.03  # of the running peak
PEAK_HALVES = 4.0  # seconds in which the running peak decays by half
PEAK_FLOOR = 1e-4
AT_ONCE = 128  # frames
NEVER = -9.0  # the score of an empty candidate


class F0Tracker:
    """Tracks the F0 of samples at `rate` Hz: one value in Hz per 5 ms (0: unvoiced), 150 to 250 ms late."""

    def __init__(self, rate: float, register: Register = ANYONE) -> None:
        self._candidates = CandidateStream(rate, register.hum)
        self._register = register
        self._path = FixedLagViterbi(HOP)

    def process(self, samples: Samples, last: bool = False) -> Samples:
        """Add a block (n,); return the F0 of the frames decided since the last call: (frames,)."""
        found = self._candidates.process(samples, last)
        if len(found.f0):
            self._path.extend(found.f0, rescored(found, self._register))
        return self._path.decide(last)


def best_path(found: Candidates, register: Register) -> Samples:
    """Return the F0 of all frames in Hz, from all their candidates: (frames,)."""
    path = FixedLagViterbi(HOP)
    if len(found.f0):
        path.extend(found.f0, rescored(found, register))
    return path.decide(last=True)


class CandidateStream:
    """Finds the candidates of each frame of samples at `rate` Hz, block by block."""

    def __init__(self, rate: float, hum: Singles | None = None) -> None:
        """`hum`: from `correlation.find_hum`."""
        self._rate = rate
        self._correlation = FrameCorrelation(rate, hum)
        self._half, self._lags = self._correlation.half, self._correlation.lags
        self._octave = (OCTAVE_COST * np.log2(LOWEST * self._lags / rate)).astype(np.float32)
        self._input = SlidingBuffer(np.float64)
        self._frames = 0
        self._peak = PEAK_FLOOR

    def process(self, samples: Samples, last: bool = False) -> Candidates:
        """Add a block (n,); return the candidates of the frames that are complete, first "unvoiced": (frames, 1 + CANDIDATES)."""
        self._input.append(samples)
        spacing = HOP * self._rate
        stop = self._input.stop + (self._half + int(spacing) + 2 if last else 0)
        count = max(self._frames, int((stop - self._half) / spacing))
        centres = np.rint(np.arange(self._frames, count) * spacing).astype(np.int64)
        if not len(centres):
            return Candidates(*np.zeros((3, 0, 1 + CANDIDATES)))
        around = self._input.cut(int(centres[0]) - self._half, int(centres[-1]) + self._half)
        frames = np.lib.stride_tricks.sliding_window_view(around, 2 * self._half)[centres - centres[0]]
        self._frames = count
        self._input.forget(int(count * spacing) - self._half - 1)
        # A few at a time, so that they stay in the processor's cache.
        parts = [self._of_frames(frames[start : start + AT_ONCE]) for start in range(0, len(frames), AT_ONCE)]
        return Candidates(*map(np.concatenate, zip(*parts, strict=True)))

    def _of_frames(self, frames: Samples) -> Candidates:
        peaks = np.abs(frames[:, self._half // 2 : -(self._half // 2)]).max(axis=1)
        loudness = peaks / self._running_peak(peaks)
        correlation = self._correlation.normalised(frames, peaks)
        before, here, after = correlation[:, :-2], correlation[:, 1:-1], correlation[:, 2:]
        is_peak = (here > before) & (here >= after) & (here > MIN_PEAK)
        score = np.where(is_peak, here - self._octave, np.float32(NEVER))
        many = min(CANDIDATES, score.shape[1])
        best = np.argpartition(-score, many - 1, axis=1)[:, :many]
        row = np.arange(len(frames))[:, None]
        left, middle, right = (part[row, best].astype(np.float64) for part in (before, here, after))
        offset = np.clip(0.5 * (left - right) / np.minimum(left - 2 * middle + right, -1e-9), -0.5, 0.5)
        lag = best + self._lags[0] + offset
        height = np.minimum(middle - 0.25 * (left - right) * offset, 1.0)
        good = is_peak[row, best]
        f0 = np.where(good, self._rate / lag, 0.0)
        strength = np.where(good, height - OCTAVE_COST * np.log2(LOWEST * lag / self._rate), NEVER)
        silence = np.maximum(0, 2 - loudness * (1 + VOICED) / SILENCE_THRESHOLD)
        unvoiced = VOICED + silence
        lost = np.where(good, self._lost(correlation, lag, height), 0.0)
        none = np.zeros((len(frames), 1))
        firsts = (none, f0), (unvoiced[:, None], strength), (none, lost)
        return Candidates(*(np.concatenate(pair, axis=1) for pair in firsts))

    def _lost(self, correlation: Singles, lag: Samples, height: Samples) -> Samples:
        """Return how much less than after one period, `height`, candidates correlate after more periods: (frames, n).

        Lags that are longer than the longest period do not count.
        """
        width = correlation.shape[1]
        at = np.rint(lag[:, None] * REPEATED).astype(np.int64) - (self._lags[0] - 1)  # (frames, periods, n)
        known = at < width - 1
        at = np.minimum(at, width - 2) + np.arange(0, correlation.size, width)[:, None, None]
        there = correlation.take(at - 1)
        for place in (at, at + 1):
            np.maximum(there, correlation.take(place), out=there)
        there[~known] = 1.0
        lost: Samples = np.maximum(height - there.min(axis=1), 0.0)
        return lost

    def _running_peak(self, peaks: Samples) -> Samples:
        """Return the slowly decaying peak level up to each frame, the reference for its loudness: (frames,)."""
        decay = 0.5 ** (HOP / PEAK_HALVES)
        running = np.empty(len(peaks))
        for i, peak in enumerate(peaks.tolist()):
            self._peak = max(self._peak * decay, peak, PEAK_FLOOR)
            running[i] = self._peak
        return running
