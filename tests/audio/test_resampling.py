"""Both resamplers keep length, time and sound; takevoice works without soxr."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from profiles import examples
from takevoice import make_resampler, resample
from takevoice.audio import resampling
from takevoice.audio.interpolation import InterpolatingResampler
from takevoice.audio.resampling import Resampler

ROOT = Path(__file__).parent.parent.parent
RATES = [
    (44_100, 48_000),
    (48_000, 44_100),
    (48_000, 16_000),
    (22_050, 48_000),
    (192_000, 8_000),
    (8_000, 192_000),
    (48_000 * 1.083412345, 48_000),
    (48_000 * 0.871, 48_000),
]
HIGHEST = 0.91  # of the lower Nyquist frequency: the end of the passband

# What each promises, in dB: soxr rolls off by 0.01 dB within its passband.
IMPLEMENTATIONS = {"soxr": (-58.0, -120.0), "scipy": (-130.0, -140.0)}


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "scipy":
        monkeypatch.setattr(resampling, "soxr", None)
    elif resampling.soxr is None:
        pytest.skip("soxr is not installed")
    return str(request.param)


def decibels(share: float) -> float:
    return 20 * math.log10(max(share, 1e-300))


def tone(hertz: float, rate: float, frames: int) -> np.ndarray:
    return np.sin(2 * np.pi * hertz / rate * np.arange(frames))


def whole(resampler: Resampler, samples: np.ndarray, *sizes: int) -> np.ndarray:
    """The output for `samples` in blocks of these sizes, the last of which takes what remains."""
    pieces = [
        resampler.process(samples[start:stop])
        for start, stop in zip(np.cumsum([0, *sizes]), np.cumsum(sizes), strict=False)
    ]
    return np.concatenate([*pieces, resampler.process(samples[sum(sizes) :], last=True)])


@pytest.mark.parametrize(("source", "target"), RATES)
def test_a_tone_keeps_its_level_and_its_time(implementation: str, source: float, target: float) -> None:
    worst, _ = IMPLEMENTATIONS[implementation]
    for share in (0.01, 0.3, 0.7, 0.85, HIGHEST):
        hertz = share * min(source, target) / 2
        out = resample(tone(hertz, source, 12_000), source, target)
        middle = slice(len(out) // 4, 3 * len(out) // 4)
        difference = out - tone(hertz, target, len(out))  # without delay, at the same level
        assert decibels(np.abs(difference[middle]).max()) < worst, share


@pytest.mark.parametrize(("source", "target"), [rates for rates in RATES if rates[0] > rates[1]])
def test_what_the_lower_rate_cannot_hold_is_removed(
    implementation: str, source: float, target: float
) -> None:
    _, alias = IMPLEMENTATIONS[implementation]
    for share in (1.0, 1.02, 1.1, 1.5, 2.0):
        hertz = share * target / 2
        if hertz < source / 2:
            out = resample(tone(hertz, source, 48_000), source, target)
            assert decibels(np.abs(out[len(out) // 4 : 3 * len(out) // 4]).max()) < alias, share


@pytest.mark.parametrize(("source", "target"), RATES)
def test_the_length_is_that_of_the_input_times_the_ratio_rounded(
    implementation: str, source: float, target: float
) -> None:
    for frames in [*range(40), 1000, 1001, 4097]:
        exact = Fraction(frames) * Fraction(target) / Fraction(source)
        resampler = make_resampler(source, target)
        out = whole(resampler, np.zeros(frames), frames // 3, frames // 3)
        assert len(out) == math.floor(exact + Fraction(1, 2))


@examples(60)
@given(st.sampled_from(RATES), st.lists(st.integers(0, 3000), max_size=6), st.integers(1, 2))
def test_blocks_leave_no_seams(rates: tuple[float, float], sizes: list[int], channels: int) -> None:
    samples = np.random.default_rng(len(sizes)).standard_normal((sum(sizes) + 500, channels))
    at_once = whole(InterpolatingResampler(*rates, channels), samples)
    assert np.abs(whole(InterpolatingResampler(*rates, channels), samples, *sizes) - at_once).max() < 1e-10


def test_channels_and_types_stay_what_they_are(implementation: str) -> None:
    samples = np.random.default_rng(5).standard_normal((9000, 3)).astype(np.float32)
    out = whole(make_resampler(48_000, 44_100, 3), samples, 0, 1000, 1)
    assert out.dtype == np.float32
    for channel in range(3):
        alone = whole(make_resampler(48_000, 44_100), samples[:, channel].astype(np.float64))
        assert np.abs(out[:, channel] - alone).max() < 1e-5


def test_an_answer_comes_while_the_input_still_arrives() -> None:
    resampler = InterpolatingResampler(48_000, 16_000, 1)
    given_out = [len(resampler.process(np.zeros(4800))) for _ in range(10)]
    assert 48_000 / 3 - sum(given_out) < 0.02 * 16_000  # less than 20 ms are held back
    assert len(resampler._input) + len(resampler._doubled) < 3 * len(resampler._even)


@pytest.mark.process
@pytest.mark.parametrize(("source", "target"), [rates for rates in RATES if rates[0] in (44_100, 48_000)])
@pytest.mark.parametrize("judge", ["sox", "ffmpeg"])
def test_other_programs_agree(tmp_path: Path, judge: str, source: int, target: int) -> None:
    """Tones up to 0.85 of the lower Nyquist frequency; what sox and ffmpeg make of them differs by so many dB."""
    if shutil.which(judge) is None:
        pytest.skip(f"{judge} is not installed")
    samples = sum(
        tone(hertz, source, source) for hertz in np.linspace(30, 0.85 * min(source, target) / 2, 37)
    )
    samples = samples / 80 * np.hanning(source)
    given, made = tmp_path / "given.wav", tmp_path / "made.wav"
    soundfile.write(given, samples, source, "DOUBLE")
    precise = (
        f"aresample={target}:filter_size=512:phase_shift=10:cutoff=0.97:exact_rational=1:linear_interp=1"
    )
    precise += ":internal_sample_fmt=dblp:filter_type=kaiser:kaiser_beta=14"
    lines = {
        "sox": ["sox", "-D", given, "-e", "floating-point", "-b", "64", made, "rate", "-v", str(target)],
        "ffmpeg": ["ffmpeg", "-v", "error", "-i", given, "-af", precise, "-c:a", "pcm_f64le", made],
    }
    subprocess.run(lines[judge], check=True, capture_output=True)
    theirs, _ = soundfile.read(made)
    ours = InterpolatingResampler(source, target, 1).process(samples, last=True)
    assert len(ours) == len(theirs)
    difference = np.sqrt(np.mean((ours - theirs) ** 2) / np.mean(theirs**2))
    # sox rolls off by a hair within its passband.
    assert decibels(difference) < {"sox": -90, "ffmpeg": -140}[judge]


WITHOUT_SOXR = ["tests/audio/test_resampling.py", "tests/plugins/local/test_encode.py"]
MORE_WITHOUT_SOXR = [
    *(f"tests/audio/test_{name}.py" for name in ("placement", "restore")),
    *(f"tests/plugins/local/test_{name}.py" for name in ("cloned_voices", "hooks")),
    "tests/plugins/elevenlabs/test_elevenlabs.py",
]


@pytest.mark.process
@pytest.mark.parametrize("tests", [WITHOUT_SOXR, pytest.param(MORE_WITHOUT_SOXR, marks=pytest.mark.long)], ids=["some", "all"])
def test_takevoice_works_without_soxr(tmp_path: Path, tests: list[str]) -> None:
    """The tests that change sample rates, in a process for which soxr is not installed."""
    (tmp_path / "soxr.py").write_text("raise ImportError('No module named soxr')\n", "utf-8")
    paths = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", *tests],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "TAKEVOICE_TESTS": "few"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if tests is WITHOUT_SOXR:
        assert "SKIPPED" in done.stdout and "soxr is not installed" in done.stdout, "soxr was there"
