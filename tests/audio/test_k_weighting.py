"""The weighting of loudness, against the recursive filters of the standard."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from takevoice.audio.k_weighting import KWeighting, k_weighting

STANDARD = {  # ITU-R BS.1770-5, annex 1, tables 1 and 2: at 48 kHz
    "shelf": ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585]),
    "high pass": ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621]),
}


def test_the_filters_are_those_of_the_standard() -> None:
    for ours, theirs in zip(k_weighting(48_000), STANDARD.values(), strict=True):
        for mine, published in zip(ours, theirs, strict=True):
            assert np.allclose(mine, published, atol=1e-9)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 96_000, 192_000])
def test_blocks_of_any_length_are_weighted_as_by_the_recursive_filters(rate: int) -> None:
    generator = np.random.default_rng(rate)
    audio = 0.3 * generator.standard_normal((2, 2 * rate)) + 0.5  # with an offset, which the high-pass removes
    expected = audio
    for b, a in k_weighting(rate):
        expected = scipy.signal.lfilter(b, a, expected, axis=1)
    weighting, done = KWeighting(rate, 2), []
    ends = np.sort(generator.integers(1, audio.shape[1], 7))
    for block in np.split(audio, [1, *ends], axis=1):
        done += [weighting.weight(block)] if block.shape[1] else []
    difference = np.concatenate(done, axis=1) - expected
    assert np.abs(difference).max() < 1e-5 * np.abs(expected).max()


def test_it_rests_when_nothing_is_heard_any_more() -> None:
    weighting = KWeighting(8_000, 1)
    assert weighting.is_at_rest()
    weighting.weight(np.ones((1, 1)))
    assert not weighting.is_at_rest()
    weighting.weight(np.zeros((1, 800)))
    assert weighting.is_at_rest()
