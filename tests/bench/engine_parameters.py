"""What each parameter of the local engine does, in figures, as docs/engine.md tells them.

Run: python tests/bench/engine_parameters.py
Needs espeak-ng, and the extra "bench" for Praat's F0.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_measures import f0_of
from voice_methods import ours
from voice_speakers import HELD_OUT, LEARNT, RATE, as_take, speak

from signals import long_term
from takevoice_plugins.local.denoise import Denoiser, learn_noise
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile

VOICES = ("ada", "george", "june", "bruno")
STEADY = EngineParameters(stability=1.0)


def octaves(samples: np.ndarray) -> np.ndarray:
    """The F0 of the voiced frames in octaves; nan elsewhere."""
    f0 = f0_of(samples)
    return np.log2(np.where(f0 > 0, f0, np.nan))


def spread(samples: np.ndarray) -> float:
    """Semitones of F0 around its median, without strays."""
    f0 = octaves(samples)
    away = f0 - np.nanmedian(f0)
    return 12 * float(np.nanstd(away[np.abs(away) < 0.75]))


def similarity(take: np.ndarray) -> None:
    """How much of the way F0 and timbre go."""
    full = {voice: ours(take, profile(voice), EngineParameters(similarity=1.0, stability=1.0)) for voice in VOICES}
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        pitch, timbre = [], []
        for voice, far in full.items():
            out = ours(take, profile(voice), EngineParameters(similarity=value, stability=1.0))
            source, now, end = (np.nanmedian(octaves(samples)) for samples in (take, out, far))
            pitch.append((now - source) / (end - source))
            way = long_term(far) - long_term(take)
            timbre.append(float(way @ (long_term(out) - long_term(take)) / (way @ way)))
        print(
            f"similarity_boost {value:4.2f}: {100 * np.mean(pitch):4.0f} % of the pitch, {100 * np.mean(timbre):4.0f} % of the timbre"
        )


def excursions(take: np.ndarray) -> None:
    """How lively the pitch is, against the source."""
    own = spread(take)
    for name, values in (("stability", (0.0, 0.5, 1.0)), ("style", (0.0, 0.5, 1.0))):
        for value in values:
            ratios = [
                spread(ours(take, profile(voice), EngineParameters(**{"stability": 0.5, name: value}))) / own
                for voice in VOICES
            ]
            print(f"{name} {value:4.2f}: pitch excursions {np.mean(ratios):4.2f} times the source's")


def boost(take: np.ndarray) -> None:
    """How far the timbre moves without and with the finer map."""
    for value in (False, True):
        moved = [
            np.std(long_term(ours(take, profile(voice), EngineParameters(boost=value))) - long_term(take))
            for voice in VOICES
        ]
        print(f"use_speaker_boost {value}: long-term spectrum moved by {np.mean(moved):4.1f} dB RMS")


def seeds(take: np.ndarray) -> None:
    """How far two candidates lie apart."""
    for stability in (0.0, 0.5, 1.0):
        first, second = (
            ours(take, profile("ada"), EngineParameters(seed=seed, stability=stability)) for seed in (1, 2)
        )
        apart = 1200 * (octaves(first) - octaves(second))
        print(
            f"seed, stability {stability:3.1f}: F0 of two candidates {np.sqrt(np.nanmean(apart[np.abs(apart) < 300] ** 2)):4.0f} cents RMS apart, "
            f"samples {20 * np.log10(np.std(first - second) / np.std(first)):5.1f} dB"
        )


def kurtosis(samples: np.ndarray) -> float:
    """Of the power in time and frequency: isolated peaks, which ring as musical noise, raise it."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 1024)[::512] * np.hanning(1024)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    power = power[:, 10:300] / power[:, 10:300].mean(axis=0)
    return float(np.mean(power**4) / np.mean(power**2) ** 2)


def denoise(take: np.ndarray) -> None:
    """SNR before and after, how much quieter a pause becomes, and whether it rings."""
    random = np.random.default_rng(0)
    lead = np.zeros(RATE)
    clean = np.concatenate([lead, take, lead])
    spectrum = np.fft.rfft(random.standard_normal(len(clean)))
    noise = np.fft.irfft(spectrum / (1 + np.fft.rfftfreq(len(clean), 1 / RATE) / 300), len(clean))
    for before in (5, 10, 20, 40):
        scaled = noise * np.std(take) / np.std(noise) / 10 ** (before / 20)
        noisy = clean + scaled
        out = Denoiser(RATE, learn_noise(noisy, RATE)).process(noisy, last=True)
        inside = slice(RATE, -RATE)
        after = 10 * np.log10(np.var(clean[inside]) / np.var(out[inside] - clean[inside]))
        pause = slice(0, RATE * 9 // 10)
        quieter = 20 * np.log10(np.std(noisy[pause]) / np.std(out[pause]))
        print(
            f"remove_background_noise at {before:2d} dB: {after - before:+4.1f} dB, pauses {quieter:4.1f} dB quieter, "
            f"kurtosis of what is left there {kurtosis(out[pause]) / kurtosis(noisy[pause]):4.2f} times the noise's"
        )


def main() -> None:
    """Prints all of it."""
    take = as_take(speak("en-us", (*HELD_OUT, *LEARNT[:4]))).samples
    for part in (similarity, excursions, boost, seeds, denoise):
        part(take)


if __name__ == "__main__":
    main()
