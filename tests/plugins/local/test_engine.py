"""What a person would notice: length, pitch, words, silence, level, repeatability."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from signals import RATE, active_level, child, log_mel, long_term, make_speech, man, median_f0, woman
from takevoice import resample
from takevoice_plugins.local import engine
from takevoice_plugins.local.analysis import SourceAnalysis
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.converter import VoiceConverter
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.recipe import Recipe
from takevoice_plugins.local.source import ArraySource

LESS_ROUGH = 2.0  # dB: neighbouring periods are blended, which averages the noise


class Neutral:
    """A voice that changes nothing."""

    def recipe(self, source: SourceAnalysis, parameters: EngineParameters) -> Recipe:
        return Recipe()


def blocks_of(samples: np.ndarray, size: int):
    return (samples[i : i + size] for i in range(0, len(samples), size))


def convert(
    samples: np.ndarray, voice: str = "ada", rate: int = RATE, block: int = 65_536, **parameters
) -> np.ndarray:
    plan = engine.plan(ArraySource(samples, rate), profile(voice), EngineParameters(**parameters))
    out = np.concatenate([np.zeros(0), *plan.convert(blocks_of(samples, block))])
    assert len(out) == len(samples)
    assert np.isfinite(out).all()
    return out


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000])
def test_neutral_gives_back_the_input(rate: int) -> None:
    samples = make_speech(1.3, rate) + 0.01
    plan = engine.plan(ArraySource(samples, rate), Neutral(), EngineParameters())
    out = np.concatenate(list(plan.convert(blocks_of(samples, 5000))))
    np.testing.assert_allclose(out, samples, atol=1e-12)
    converter = VoiceConverter(rate, Recipe())
    np.testing.assert_allclose(converter.process(samples, last=True), samples, atol=1e-6)  # single precision


@pytest.mark.parametrize("rate", [8000, 48_000, 192_000])
def test_the_high_pass_ends_in_exact_zeros_in_digital_silence(rate: int) -> None:
    """Processors take many times as long for what is below 1e-308, to which a filter rings on."""
    gated = np.concatenate([man(1.0, rate), np.zeros(15 * rate), man(1.0, rate)])
    high_pass = HighPass(rate)
    filtered = np.concatenate([high_pass.process(block) for block in (gated[: 3 * rate], gated[3 * rate :])])
    assert not filtered[3 * rate : 16 * rate].any()
    assert np.abs(filtered[filtered != 0]).min() >= 1e-20
    np.testing.assert_allclose(filtered, _filtered(gated, rate), rtol=0, atol=1e-11)


def _filtered(samples: np.ndarray, rate: int) -> np.ndarray:
    return sosfilt(butter(2, 20, "highpass", fs=rate, output="sos"), samples - samples[0])


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 96_000, 192_000])
def test_any_rate(rate: int) -> None:
    samples = man(1.0, rate)[:-7]
    out = convert(samples, "ada", rate)
    assert active_level(out, rate) == pytest.approx(active_level(samples, rate), abs=1.0)


@pytest.mark.parametrize("frames", [1, 2, 3, 47, 480, 2399, 2400, 24_000, 24_001])
def test_any_length(frames: int) -> None:
    convert(man(1.0)[4000 : 4000 + frames])


@pytest.mark.parametrize("voice", [voice.id for voice in PRESETS])
def test_each_voice_has_its_pitch_and_the_level_of_the_source(voice: str) -> None:
    wanted = next(preset.f0 for preset in PRESETS if preset.id == voice)
    source = woman(5.0) if wanted < 150 else man(5.0)
    out = convert(source, voice)
    assert median_f0(out) == pytest.approx(wanted, rel=0.03)
    assert active_level(out) == pytest.approx(active_level(source), abs=0.5)
    assert np.abs(out).max() <= 1


@pytest.mark.parametrize("make", [man, woman, child])
def test_voices_differ_from_each_other_and_from_the_source(make) -> None:
    source = make(4.0)
    heard = [(median_f0(source), long_term(source))]
    for voice in ("ada", "george", "iris", "vera", "oscar", "pip"):
        out = convert(source, voice)
        heard.append((median_f0(out), long_term(out)))
    for i, (f0, spectrum) in enumerate(heard):
        for other_f0, other in heard[:i]:
            semitones = abs(12 * np.log2(f0 / other_f0))
            assert semitones / 2 + np.sqrt(np.mean((spectrum - other) ** 2)) / 2 > 1
            assert np.sqrt(np.mean((spectrum - other) ** 2)) > 1


@pytest.mark.parametrize(("voice", "least"), [("ada", 0.9), ("george", 0.9), ("pip", 0.79)])
def test_words_stay_where_they_are(voice: str, least: float) -> None:
    source = man(5.0)
    out = convert(source, voice)
    a, b = log_mel(source), log_mel(out)
    a, b = np.maximum(a, a.max() - 45), np.maximum(b, b.max() - 45)
    assert np.corrcoef((a - a.mean(0)).ravel(), (b - b.mean(0)).ravel())[0, 1] > least
    envelopes = [resample(np.abs(x), RATE, 1000) for x in (source, out)]
    envelopes = [np.convolve(e, np.hanning(31), "same") for e in envelopes]
    both = np.correlate(envelopes[1] - envelopes[1].mean(), envelopes[0] - envelopes[0].mean(), "full")
    assert abs(int(both.argmax()) - (len(envelopes[0]) - 1)) <= 2  # ms


def test_digital_silence_stays_silent() -> None:
    source = man(3.0)
    source[RATE : 2 * RATE] = 0
    out = convert(source)
    assert not out[RATE + 200 : 2 * RATE - 200].any()
    assert not convert(np.zeros(RATE)).any()


def test_the_block_size_does_not_matter() -> None:
    source = man(2.2)
    expected = convert(source, block=len(source))
    for size in (333, 4096, 48_000):
        np.testing.assert_array_equal(convert(source, block=size), expected)


def test_seeds() -> None:
    source = man(2.0)
    first = convert(source, seed=1, stability=0.0)
    np.testing.assert_array_equal(convert(source, seed=1, stability=0.0), first)
    assert np.abs(convert(source, seed=2, stability=0.0) - first).max() > 0.01


def test_settings_do_what_they_say() -> None:
    source = woman(4.0)
    near, far = convert(source, "george", similarity=0.0), convert(source, "george", similarity=1.0)
    plain = long_term(source)
    assert np.std(long_term(far) - plain) > np.std(long_term(near) - plain)
    assert median_f0(near) > median_f0(far) * 1.1
    calm = engine.plan(ArraySource(source, RATE), profile("ada"), EngineParameters(stability=1.0)).recipe
    wild = engine.plan(ArraySource(source, RATE), profile("ada"), EngineParameters(stability=0.0, style=1.0)).recipe
    assert wild.f0_range > 1.5 * calm.f0_range
    assert (calm.drift, wild.drift) == pytest.approx((0.1, 0.45))


def bad_inputs() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    t = np.arange(RATE) / RATE
    speech = man(1.0)
    holed = speech.copy()
    holed[1000:1010], holed[2000] = np.nan, np.inf
    return {
        "silence": np.zeros(RATE),
        "dc": np.full(RATE, 0.8),
        "noise": 0.3 * random.standard_normal(RATE).clip(-3, 3),
        "clipped": np.clip(speech * 8, -1, 1),
        "click": np.eye(1, RATE, RATE // 2)[0],
        "square": np.sign(np.sin(2 * np.pi * 100 * t)),
        "low hum": np.sin(2 * np.pi * 30 * t),
        "chord": sum(np.sin(2 * np.pi * f * t) for f in (220, 277.2, 329.6, 440)) / 4,
        "whisper": 1e-5 * random.standard_normal(RATE),
        "not numbers": holed,
        "all nan": np.full(5000, np.nan),
    }


@pytest.mark.parametrize("name", bad_inputs())
@pytest.mark.parametrize("voice", ["bruno", "pip"])
def test_bad_input_gives_sane_output(name: str, voice: str) -> None:
    out = convert(bad_inputs()[name], voice)
    assert np.abs(out).max() <= 1


def test_noise_is_removed() -> None:
    speech = man(4.0)
    noisy = speech + 0.02 * np.random.default_rng(1).standard_normal(len(speech))
    noisy[:100] = speech[:100]
    pause = speech == 0
    plain, cleaned = convert(noisy), convert(noisy, denoise=True)
    assert 10 * np.log10(np.mean(plain[pause] ** 2) / np.mean(cleaned[pause] ** 2)) > 8
    assert active_level(cleaned) == pytest.approx(active_level(speech), abs=1.0)


def test_a_very_loud_float_take_is_not_wrapped() -> None:
    source = 2.4 * man(1.0) / 0.5
    assert np.abs(convert(source)).max() <= np.abs(source).max()


def test_memory_is_flat() -> None:
    """Memory at the end of a long take is that of a short one; the take itself is not kept."""
    speech = man(4.0)
    plan = engine.plan(ArraySource(speech, RATE), profile("ada"), EngineParameters())
    plan = replace(plan, marks=None)  # as for a take that is too long to be analysed as a whole
    peaks = []
    for repeats in (1, 4):
        tracemalloc.start()
        for out in plan.convert(block for _ in range(repeats) for block in blocks_of(speech, RATE)):
            del out
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] + 1e6


def periodicity(samples: np.ndarray, f0: float) -> float:
    """How much louder what repeats at `f0` is than what does not, in dB: from the autocorrelation a period away."""
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    lag = RATE / f0
    near = [np.corrcoef(middle[:-at], middle[at:])[0, 1] for at in range(int(lag) - 8, int(lag) + 9)]
    return float(10 * np.log10(max(near) / (1 - max(near))))


@pytest.mark.parametrize("f0", [70.0, 90.0, 120.0])
def test_a_lower_voice_is_no_rougher(f0: float) -> None:
    """A breathy voice an octave down and less: what is no tone in it does not grow."""
    time = np.arange(3 * RATE) / RATE
    voice = sum(np.cos(2 * np.pi * 160 * k * time) / k for k in range(1, 30))
    voice = 0.1 * (voice + 0.12 * np.std(voice) * np.random.default_rng(0).standard_normal(len(time)))
    converter = VoiceConverter(RATE, Recipe(source_f0=160.0, target_f0=f0, formant_factor=0.9))
    assert periodicity(converter.process(voice, last=True), f0) > periodicity(voice, 160.0) + LESS_ROUGH
