"""Events stay where they are, silence stays silence, the level never jumps."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from signals import RATE, make_speech, man, woman
from takevoice_plugins.local import engine
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks
from takevoice_plugins.local.voice_profile import VoiceProfile

BURST = RATE // 50


@pytest.fixture(scope="module")
def her(tmp_path_factory: pytest.TempPathFactory) -> VoiceProfile:
    path = tmp_path_factory.mktemp("recordings") / "her.wav"
    soundfile.write(path, woman(10.0, RATE, seed=7), RATE, "PCM_24")
    return ClonedProfile(learn("her", [Path(path)], "confirmed in a test"))


def voices(her: VoiceProfile) -> dict[str, VoiceProfile]:
    return {"george": profile("george"), "pip": profile("pip"), "her": her}


def convert(samples: np.ndarray, voice: VoiceProfile, rate: int = RATE) -> np.ndarray:
    source = ArraySource(samples, rate)
    out = np.concatenate(list(engine.plan(source, voice, EngineParameters()).convert(read_blocks(source))))
    assert len(out) == len(samples)
    return out


@pytest.mark.parametrize("name", ["george", "pip", "her"])
def test_events_keep_their_times(name: str, her: VoiceProfile) -> None:
    random = np.random.default_rng(2)
    source = man(6.0)
    starts = []
    for start in np.flatnonzero(np.diff((np.abs(source) > 0).astype(int)) == -1):
        # A burst in the middle of each pause, as of a stop consonant.
        start = int(start) + RATE // 10
        if start + BURST < len(source) and not source[start - RATE // 20 : start + BURST].any():
            source[start : start + BURST] = 0.2 * random.standard_normal(BURST) * np.hanning(BURST)
            starts.append(start)
    assert len(starts) >= 3
    out = convert(source, voices(her)[name])
    for start in starts:
        around = slice(start - RATE // 50, start + BURST + RATE // 50)
        middles = []
        for samples in (source[around], out[around]):
            energy = np.cumsum(samples**2)
            middles.append(np.searchsorted(energy, energy[-1] / 2) / RATE)
        assert abs(middles[1] - middles[0]) < 0.001


def unkind() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    t = np.arange(3 * RATE) / RATE
    return {
        "music": sum(np.sin(2 * np.pi * f * t) * (1 + 0.5 * np.sin(2 * np.pi * 2 * t)) for f in (220, 277.2, 329.6, 440, 55)) / 8,
        "noise": 0.2 * random.standard_normal(3 * RATE),
        "clipped": np.clip(man(3.0) * 8, -1, 1),
        "direct current": 0.4 + 0.5 * man(3.0, seed=1),
        "two at once": 0.5 * (man(3.0, seed=2) + woman(3.0, seed=3)),
        "one after the other": np.concatenate([man(1.5), woman(1.5)]),
    }  # fmt: skip


@pytest.mark.parametrize("name", unkind())
@pytest.mark.parametrize("voice", ["bruno", "june", "her"])
def test_the_level_never_jumps(name: str, voice: str, her: VoiceProfile) -> None:
    source = unkind()[name]
    out = convert(source, her if voice == "her" else profile(voice))
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1
    source = source - source.mean()
    before, after = (np.sqrt((x.reshape(6, -1) ** 2).mean(axis=1)) for x in (source, out))
    loud = before > 0.1 * before.max()
    change = 20 * np.log10(after[loud] / before[loud])
    assert np.abs(change - np.median(change)).max() < (3.5 if name == "clipped" else 3)
    # What is clipped all along has no room for the peaks of another voice, and comes out quieter.
    assert np.abs(np.median(change)) < (5 if name == "clipped" else 1)


@pytest.mark.parametrize("rate", [96_000, 192_000])
def test_nothing_is_low_passed(rate: int) -> None:
    """What lies above the bands that are analysed follows, with about the energy that it had."""
    random = np.random.default_rng(6)
    speech = make_speech(2.0, rate)
    spectrum = np.fft.rfft(0.02 * random.standard_normal(len(speech)))
    hertz = np.fft.rfftfreq(len(speech), 1 / rate)
    spectrum[hertz < 22_000] = 0
    source = speech + np.fft.irfft(spectrum, len(speech)) * (speech != 0)
    out = convert(source, profile("ada"), rate)

    def above(samples: np.ndarray) -> float:
        return float(np.sum(np.abs(np.fft.rfft(samples)[hertz > 24_000]) ** 2))

    assert abs(10 * np.log10(above(out) / above(source))) < 5
