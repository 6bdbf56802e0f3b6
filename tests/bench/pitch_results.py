"""What pitch trackers that nobody here wrote hear in results: singing in tune, whispers and breaths without a voice.

Run: python tests/bench/pitch_results.py --singing FOLDER --speech FOLDER [--voices ada,bruno]
Needs the extra "judges", and the program Praat (Debian: `apt install praat`).

Singing is converted with `keep_pitch`, and judged by SwiftF0 and Praat (50 to 1,100 Hz): how far, in cents, the pitch of the result is
from that of the take plus the octaves moved, in the frames of 10 ms in which the tracker hears a pitch in both; as a median, and
the share that is more than 50 cents off. Whispers are made of speech: noise through its spectral envelope (linear prediction).
Breaths, and all other unvoiced sounds, are the frames of speech in which neither Praat, Harvest nor SwiftF0 hears a pitch within 50 ms,
and which are less than 45 dB below the loud ones. "Voiced" is the share of frames in which SwiftF0 hears a pitch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from pitch_table import HIGHEST, STEP, by_praat, harvest, swift
from scipy.linalg import solve_toeplitz
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter
from voice_methods import ours
from voice_speakers import RATE, from_folder

from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile

ORDER, FRAME, HOP = 50, 0.025, 0.005  # coefficients at RATE; seconds
FAR = 50.0  # cents
AROUND = 0.05  # seconds
AUDIBLE = 45.0  # dB


def whispered(speech: np.ndarray) -> np.ndarray:
    """Noise through the spectral envelope of speech, without the slope of the voice."""
    flat = lfilter([1, -0.95], [1], speech)
    noise = np.random.default_rng(3).standard_normal(len(flat))
    window, hop = np.hanning(round(FRAME * RATE)), round(HOP * RATE)
    out, weight = np.zeros((2, len(flat)))
    for start in range(0, len(flat) - len(window), hop):
        part = slice(start, start + len(window))
        frame = flat[part] * window
        spectrum = np.abs(np.fft.rfft(frame, 2 * len(frame))) ** 2
        correlation = np.fft.irfft(spectrum)[: ORDER + 1]
        correlation[0] = correlation[0] * 1.0001 + 1e-9
        predictor = solve_toeplitz(correlation[:-1], correlation[1:])
        energy = max(correlation[0] - predictor @ correlation[1:], 0.0) / (window**2).sum()
        out[part] += lfilter([np.sqrt(energy)], np.concatenate([[1], -predictor]), noise[part]) * window
        weight[part] += window
    return out / np.maximum(weight, 1e-3)


def audible(samples: np.ndarray, count: int) -> np.ndarray:
    """True for each frame that is not in a pause."""
    step = round(STEP * RATE)
    energy = np.array([np.mean(samples[max(0, i * step - step) : i * step + step] ** 2) for i in range(count)])
    return energy > np.quantile(energy, 0.95) * 10 ** (-AUDIBLE / 10)


def share(voiced: np.ndarray) -> str:
    return f"{100 * voiced.mean():.1f} %" if len(voiced) else ""


def main() -> None:
    """Read the command line, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--singing", type=Path, required=True, help="a folder of recordings")
    parser.add_argument("--speech", type=Path, required=True, help="a folder of recordings")
    parser.add_argument("--voices", default="ada,bruno,nora", help="preset voices")
    options = parser.parse_args()
    voices = {name: profile(name) for name in options.voices.split(",")}
    swift_f0, praat = swift(), by_praat(HIGHEST)
    in_tune(options.singing, voices, {"SwiftF0": swift_f0, "Praat": praat})
    unvoiced(options.speech, voices, swift_f0, praat)


def in_tune(folder: Path, voices: dict, judges: dict) -> None:
    """Print how far results with `keep_pitch` are out of tune."""
    print("| singing, voice, keep_pitch | octaves | judge | frames | median, cents | over 50 cents |\n|---|---|---|---|---|---|")
    for name, sung in from_folder(folder).items():
        before = {judge: track(sung.samples) for judge, track in judges.items()}
        for voice, wanted in voices.items():
            for keep in ("on", "octaves"):
                out = ours(sung.samples, wanted, EngineParameters(keep_pitch=keep))
                for judge, track in judges.items():
                    after = track(out)
                    both = (before[judge] > 0) & (after > 0)
                    cents = 1200 * np.log2(after[both] / before[judge][both])
                    octaves = round(float(np.median(cents)) / 1200)
                    off = np.abs(cents - 1200 * octaves)
                    print(f"| {name}, {voice}, {keep} | {octaves:+d} | {judge} | {both.sum()} | {np.median(off):.1f} | {share(off > FAR)} |", flush=True)


def unvoiced(folder: Path, voices: dict, judge, praat) -> None:
    """Print how much voice is heard in what has none."""
    print("\n| kind, voice | frames | voiced: take | result | the engine's marks |\n|---|---|---|---|---|")
    rows: dict[str, list[np.ndarray]] = {}
    for said in from_folder(folder).values():
        heard = np.maximum.reduce([praat(said.samples), harvest(said.samples), judge(said.samples)]) > 0
        width = 2 * round(AROUND / STEP) + 1
        sounds = {
            "unvoiced sounds of speech": (said.samples, maximum_filter1d(heard.astype(int), width) == 0),
            "whispers": (whispered(said.samples), np.ones(len(heard), bool)),
        }
        for kind, (take, without) in sounds.items():
            counted = without & audible(take, len(without))
            marks = analyse(HighPass(RATE).process(take), RATE)
            known = marks.voiced[marks.active] if kind == "whispers" else np.zeros(0)
            for voice, wanted in voices.items():
                result = judge(ours(take, wanted, EngineParameters()))
                rows.setdefault(f"{kind}, {voice}", []).append(
                    np.array([counted.sum(), (judge(take)[counted] > 0).sum(), (result[counted] > 0).sum(), known.sum(), len(known)])
                )
    for row, parts in rows.items():
        frames, before, after, marked, all_marks = np.sum(parts, axis=0)
        engine = f"{100 * marked / all_marks:.1f} %" if all_marks else ""
        print(f"| {row} | {frames:.0f} | {100 * before / frames:.1f} % | {100 * after / frames:.1f} % | {engine} |")


if __name__ == "__main__":
    main()
