"""The engine's filters do what those of scipy.signal do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from takevoice_plugins.local.filters import HighPassSection, every_nth, low_pass, smooth

NOISE = np.random.default_rng(1).standard_normal(20_000) + 0.5


@pytest.mark.parametrize("step", [2, 4, 8, 16])
def test_a_low_pass_that_keeps_every_nth_value(step: int) -> None:
    taps = low_pass(24 * step + 1, 0.9 / step)
    assert taps == pytest.approx(signal.firwin(24 * step + 1, 0.9 / step), abs=1e-15)
    whole = signal.upfirdn(taps, NOISE, 1, step)[24:]
    kept = every_nth(NOISE, taps, step)
    assert len(kept) == (len(NOISE) - len(taps)) // step + 1
    assert kept == pytest.approx(whole[: len(kept)], abs=1e-14)


@pytest.mark.parametrize("count", [359, 360, 3000])
def test_values_are_smoothed_by_a_window(count: int) -> None:
    window = np.hanning(361)[1:-1]
    values = NOISE[:count] + 1j * NOISE[-count:]
    assert smooth(values, window) == pytest.approx(np.convolve(values, window, "valid"), abs=1e-11)


@pytest.mark.parametrize("block", [1, 2, 3, 700, 20_000])
@pytest.mark.parametrize("rate", [8000, 48_000, 192_000])
def test_a_high_pass_in_blocks_of_any_size(block: int, rate: int) -> None:
    ours = HighPassSection(20.0, rate, 20_000)
    starts = range(0, 60, block) if block < 60 else range(0, len(NOISE), block)
    pieces = [ours.process(NOISE[start : start + block], 0.0) for start in starts]
    theirs = signal.butter(2, 20.0, "highpass", fs=rate, output="sos")
    state = signal.sosfilt_zi(theirs) * NOISE[0]
    expected, _ = signal.sosfilt(theirs, NOISE[: sum(map(len, pieces))], zi=state)
    assert np.concatenate(pieces) == pytest.approx(expected, abs=1e-9)  # -180 dB


def test_a_high_pass_that_rings_on_is_still_in_time() -> None:
    """What it remembers, too, is zero before it is so small that processors take many times as long for it."""
    ours = HighPassSection(20.0, 48_000, 20_000)
    ours.process(NOISE, 1e-20)
    for _ in range(10):
        ours.process(np.zeros(20_000), 1e-20)
    assert not ours.process(np.zeros(20_000), 1e-20).any()
