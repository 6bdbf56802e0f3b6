"""The pitch that the engine hears, against the pitch that the speech was made with."""

import numpy as np
import pytest
from scipy.signal import fftconvolve, lfilter

from signals import RATE, f0_contour, make_speech
from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.marks import F0, TIME, VOICED, MarkStream, find_marks

SECONDS = 8.0


def heard(samples: np.ndarray, f0: float, lively: float, rate: int = RATE) -> tuple[np.ndarray, float]:
    """The error in octaves at each voiced mark of the speech, and the share of the speech that is voiced."""
    analysis = analyse(samples, rate)
    truth = f0_contour(len(samples), rate, f0, lively)
    marks = analysis.marks[analysis.active]
    voiced = analysis.marks[analysis.active & analysis.voiced]
    at = np.clip((voiced[:, TIME] * rate).astype(int), 0, len(truth) - 1)
    return np.log2(voiced[:, F0] / truth[at]), len(voiced) / len(marks)


@pytest.mark.parametrize(
    ("f0", "tract", "lively", "snr"),
    [
        (115, 1.0, 1.0, None),
        (205, 1.15, 1.0, None),
        (290, 1.28, 1.0, None),
        (72, 0.9, 0.5, None),
        (160, 1.05, 2.5, None),
        (115, 1.0, 1.0, 15),
        (205, 1.15, 1.0, 10),
        (290, 1.28, 1.0, 15),
    ],
    ids=["man", "woman", "child", "creak", "lively", "man in noise", "woman in noise", "child in noise"],
)
def test_octave_errors_are_rare(f0: float, tract: float, lively: float, snr: int | None) -> None:
    wrong = count = 0
    for seed in range(3):
        samples = make_speech(SECONDS, RATE, f0, seed, tract, lively)
        if snr is not None:
            noise = np.random.default_rng(seed).standard_normal(len(samples))
            samples = samples + noise * np.std(samples) / 10 ** (snr / 20)
        errors, share = heard(samples, f0, lively)
        assert share > 0.5
        wrong += int((np.abs(errors) > 0.4).sum())
        count += len(errors)
        assert 1200 * np.median(np.abs(errors)) < 10  # cents
    assert wrong < 0.01 * count


def in_a_room(samples: np.ndarray, seed: int) -> np.ndarray:
    """With the reverberation of a room, of 0.6 s, at a distance."""
    time = np.arange(round(0.6 * RATE)) / RATE
    tail = np.random.default_rng(seed).standard_normal(len(time)) * np.exp(-time / 0.09)
    tail[0] = 0
    tail *= 0.7 / np.sqrt((tail**2).sum())
    tail[0] = 1
    return fftconvolve(samples, tail)[: len(samples)]


VOICES = {"bass": (85, 0.93), "man": (115, 1.0), "woman": (205, 1.15), "child": (290, 1.28)}


@pytest.mark.parametrize(("f0", "tract"), VOICES.values(), ids=VOICES)
def test_octave_errors_in_a_room_are_rare(f0: float, tract: float) -> None:
    wrong = count = 0
    for seed in range(2):
        errors, _ = heard(in_a_room(make_speech(SECONDS, RATE, f0, seed, tract, 1.5), seed), f0, 1.5)
        wrong, count = wrong + int((np.abs(errors) > 0.4).sum()), count + len(errors)
    assert wrong < 0.01 * count


def test_octave_errors_in_a_room_are_rare_when_the_pitch_is_found_block_by_block() -> None:
    """As for a long take, of which only the beginning was analysed before."""
    samples = in_a_room(make_speech(SECONDS, RATE, 115.0, 0, 1.0, 1.5), 0)
    _, register = find_marks(samples[: 4 * RATE], RATE)
    stream = MarkStream(RATE, register)
    blocks = np.array_split(samples, 16)
    marks = np.concatenate([stream.process(block, last=block is blocks[-1]) for block in blocks])
    voiced = marks[(marks[:, VOICED] > 0) & (marks[:, TIME] < SECONDS)]
    truth = f0_contour(len(samples), RATE, 115.0, 1.5)[(voiced[:, TIME] * RATE).astype(int)]
    assert len(voiced) > 400
    assert np.mean(np.abs(np.log2(voiced[:, F0] / truth)) > 0.4) < 0.01


def creak(f0: float, formants: tuple[int, ...], seed: int) -> np.ndarray:
    """Four seconds of uneven pulses through a vowel that rings on between them."""
    random = np.random.default_rng(seed)
    periods = RATE / f0 * (1 + 0.05 * random.standard_normal(int(4 * f0)))
    samples = np.zeros(int(periods.sum()) + 4000)
    samples[np.cumsum(periods).astype(int)] = 1 + 0.15 * random.standard_normal(len(periods))
    for formant in formants:
        radius = np.exp(-np.pi * 90 / RATE)
        samples = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2], samples)
    return 0.5 * samples / np.abs(samples).max()


@pytest.mark.parametrize("formants", [(500, 1500, 2500), (750, 1200, 2500)], ids=["schwa", "a"])
@pytest.mark.parametrize("f0", [65, 90, 110])
def test_a_ringing_formant_is_no_pitch(f0: float, formants: tuple[int, ...]) -> None:
    analysis = analyse(creak(f0, formants, 0), RATE)
    voiced = analysis.marks[analysis.voiced]
    assert len(voiced) > 20
    assert np.mean(voiced[:, F0] > 2.5 * f0) < 0.02


def test_jitter_is_no_octave() -> None:
    """Pulses that come unevenly, as in a creaky voice."""
    random = np.random.default_rng(3)
    periods = RATE / 80 * (1 + 0.06 * random.standard_normal(400))
    samples = np.zeros(int(periods.sum()) + 1000)
    samples[np.cumsum(periods).astype(int)] = 1.0
    shape = np.exp(-np.arange(400) / 60) * np.sin(np.arange(400) * 0.07)
    analysis = analyse(np.convolve(samples, shape)[: len(samples)], RATE)
    f0 = analysis.marks[analysis.voiced, F0]
    assert np.mean(np.abs(np.log2(f0 / 80)) > 0.5) < 0.01


def tone(f0: np.ndarray, rate: int = RATE) -> np.ndarray:
    """A voice at the F0 (n,) in Hz at each sample: harmonics under a soft slope, with a little noise."""
    phase = 2 * np.pi * np.cumsum(f0 / rate)
    out = sum(np.sin(k * phase) * (k * f0 < 0.4 * rate) / k for k in range(1, 25))
    return 0.2 * out + 1e-4 * np.random.default_rng(0).standard_normal(len(f0))


@pytest.mark.parametrize(("low", "high"), [(52, 110), (150, 900), (450, 1000)], ids=["bass", "glide", "soprano"])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_voices_from_50_to_1000_hz_are_followed(low: float, high: float, rate: int) -> None:
    truth = low * (high / low) ** (np.arange(3 * rate) / (3 * rate))
    analysis = analyse(tone(truth, rate), rate)
    voiced = analysis.marks[analysis.active & analysis.voiced]
    at = np.clip((voiced[:, TIME] * rate).astype(int), 0, len(truth) - 1)
    errors = np.abs(np.log2(voiced[:, F0] / truth[at]))
    assert len(voiced) > 0.9 * analysis.active.sum()
    assert np.mean(errors > 0.4) < 0.02
    assert 1200 * np.median(errors) < 15


def test_a_scream_in_speech_is_not_taken_for_a_low_voice() -> None:
    speech = make_speech(3.0, RATE, 120.0)
    scream = tone(700 * (900 / 700) ** (np.arange(RATE) / RATE))
    analysis = analyse(np.concatenate([speech, scream, speech]), RATE)
    times, f0 = analysis.marks[analysis.voiced, TIME], analysis.marks[analysis.voiced, F0]
    inside = (times > 3.1) & (times < 3.9)
    assert np.mean(f0[inside] > 600) > 0.95
    assert np.mean(f0[(times < 2.9) | (times > 4.1)] > 200) < 0.02


def test_breath_is_no_voice() -> None:
    """Noise with the formants of a vowel, as in a whisper."""
    random = np.random.default_rng(1)
    noise = random.standard_normal(3 * RATE)
    for formant in (700, 1200, 2600):
        radius = np.exp(-np.pi * 300 / RATE)
        noise = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * formant / RATE), radius**2], noise)
    whisper = 0.1 * noise / np.std(noise)
    assert analyse(whisper, RATE).voiced.mean() < 0.02
