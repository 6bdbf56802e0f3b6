"""The pitch that the engine hears, against the pitch that the speech was made with."""

import numpy as np
import pytest
from scipy.signal import fftconvolve, istft, lfilter, stft

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


def hum_of(seconds: float, mains: float, rate: int = RATE) -> np.ndarray:
    """Hum of the mains, with overtones, as loud as in many recordings."""
    time = np.arange(round(seconds * rate)) / rate
    return sum(height * np.sin(2 * np.pi * k * mains * time + k) for k, height in ((1, 0.02), (2, 0.008), (3, 0.004)))


def hummed_speech(f0: float, mains: float) -> tuple[np.ndarray, np.ndarray]:
    """Speech between pauses of a second, all with hum, and its pitch."""
    speech = make_speech(SECONDS, RATE, f0, 0, 1.0, 1.5)
    speech *= 0.08 / np.std(speech)
    pause = np.zeros(RATE)
    samples = np.concatenate([pause, speech, pause])
    truth = np.concatenate([pause, f0_contour(len(speech), RATE, f0, 1.5), pause])
    return samples + hum_of(len(samples) / RATE, mains), truth


@pytest.mark.parametrize(("f0", "mains"), [(120, 60), (105, 50), (205, 50)], ids=["man, 60 Hz", "man, 50 Hz", "woman, 50 Hz"])
def test_hum_is_no_voice_and_takes_none_an_octave_down(f0: float, mains: float) -> None:
    samples, truth = hummed_speech(f0, mains)
    for register in (find_marks(samples, RATE)[1], None):
        stream = MarkStream(RATE, register) if register else None
        marks = stream.process(samples, last=True) if stream else find_marks(samples, RATE)[0]
        at = np.clip((marks[:, TIME] * RATE).astype(int), 0, len(truth) - 1)
        voiced, pause = marks[:, VOICED] > 0, (truth[at] == 0) & (marks[:, TIME] > 0)
        assert voiced[pause].mean() < 0.05
        assert np.mean(np.abs(np.log2(marks[voiced & ~pause, F0] / truth[at][voiced & ~pause])) > 0.4) < 0.01


def test_a_note_that_is_held_is_no_hum() -> None:
    """Three notes with silence around them, the last one dying away: all are voiced to their ends."""
    silence = np.zeros(RATE // 2)
    notes = [tone(np.full(RATE, f0)) for f0 in (220.0, 220.0, 220.0)]
    notes[2] *= np.exp(-np.arange(RATE) / (0.3 * RATE))
    samples = np.concatenate([part for note in notes for part in (silence, note)] + [silence])
    marks, _ = find_marks(samples, RATE)
    for start in (0.5, 2.0, 3.5):
        inside = (marks[:, TIME] > start + 0.05) & (marks[:, TIME] < start + 0.9)
        assert np.mean(marks[inside, VOICED]) > 0.98
        assert np.abs(np.log2(marks[inside, F0] / 220)).max() < 0.1


def whisper(seconds: float) -> np.ndarray:
    """Speech, with noise for a voice: the spectral envelope of each frame, by its cepstrum, goes to noise."""
    speech = np.diff(make_speech(seconds, RATE, 120.0), prepend=0.0)
    _, _, spoken = stft(speech, RATE, nperseg=1200, noverlap=960)
    _, _, noise = stft(np.random.default_rng(5).standard_normal(len(speech)), RATE, nperseg=1200, noverlap=960)
    cepstrum = np.fft.irfft(np.log(np.abs(spoken) + 1e-9), axis=0)
    cepstrum[100:-99] = 0
    cepstrum[1:] *= 0.8  # the open glottis of a whisper damps the formants
    out = istft(noise * np.exp(np.fft.rfft(cepstrum, axis=0).real), RATE, nperseg=1200, noverlap=960)[1][: len(speech)]
    return 0.05 * out / np.std(out)


def test_a_whisper_has_no_voice() -> None:
    samples = whisper(6.0)
    assert analyse(samples, RATE).voiced.mean() < 0.02
    stream = MarkStream(RATE, find_marks(samples, RATE)[1])
    assert stream.process(samples, last=True)[:, VOICED].mean() < 0.02


def test_a_word_in_a_whisper_is_voiced_as_usual() -> None:
    speech = make_speech(2.0, RATE, 120.0)
    speech *= 0.05 / np.std(speech)
    alone, _ = find_marks(speech, RATE)
    both, _ = find_marks(np.concatenate([whisper(5.0), speech]), RATE)
    assert both[both[:, TIME] > 5.0, VOICED].sum() == pytest.approx(alone[:, VOICED].sum(), rel=0.1)
