"""Octave errors of the local engine's pitch, by what pitch trackers say that nobody here wrote.

Run: python tests/bench/pitch_table.py speech=FOLDER [KIND=FOLDER...]
Needs the extra "judges", and the program Praat (Debian: `apt install praat`).

The judges are Praat (autocorrelation), WORLD's Harvest and SwiftF0, each from 50 to 1,100 Hz. The pitch of a frame of 10 ms is what
at least two of them agree on, within half a semitone; other frames do not count. An octave error is more than 5 semitones away from
it, "missed" a frame that is not taken for voiced. Speech is also judged with noise, in a room and clipped, by what the judges say of
the recording as it was; glides and synthetic voices are judged by the pitch that they were made with. "Praat to 500" is Praat with its
usual range; on recordings, "Praat" is flattered, as it is one of the judges.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import praat
import pyworld
from scipy.signal import fftconvolve
from swift_f0 import SwiftF0
from voice_judges import at_16k
from voice_speakers import RATE, from_folder
from voice_synthesis import material

from takevoice_plugins.local.analysis import analyse
from takevoice_plugins.local.level import HighPass
from takevoice_plugins.local.marks import F0, TIME, VOICED

STEP = 0.01  # seconds
LOWEST, HIGHEST = 50.0, 1100.0  # Hz
AGREE = 0.5 / 12  # octaves
WRONG = 5 / 12  # octaves
GLIDES = ((50, 250), (150, 900), (1000, 300))  # Hz
Track = Callable[[np.ndarray], np.ndarray]
"""Returns the pitch at each STEP in Hz, 0 where there is none, of mono samples at RATE."""


def at_steps(times: np.ndarray, f0: np.ndarray, count: int) -> np.ndarray:
    """The pitch of the nearest time that is less than a step away."""
    steps = np.arange(count) * STEP
    if not len(times):
        return np.zeros(count)
    at = np.clip(np.searchsorted(times, steps), 1, max(1, len(times) - 1))
    near = np.where(np.abs(times[at - 1] - steps) <= np.abs(times[np.minimum(at, len(times) - 1)] - steps), at - 1, np.minimum(at, len(times) - 1))
    return np.where(np.abs(times[near] - steps) <= STEP, f0[near], 0.0)


def count_of(samples: np.ndarray) -> int:
    return int(len(samples) / RATE / STEP)


def takevoice(samples: np.ndarray) -> np.ndarray:
    marks = analyse(HighPass(RATE).process(samples), RATE).all_marks
    marks = marks[marks[:, VOICED] > 0]
    return at_steps(marks[:, TIME], marks[:, F0], count_of(samples))


def harvest(samples: np.ndarray) -> np.ndarray:
    f0, times = pyworld.harvest(samples.astype(float), RATE, LOWEST, HIGHEST, 1000 * STEP)
    return at_steps(times, f0, count_of(samples))


def by_praat(ceiling: float) -> Track:
    def track(samples: np.ndarray) -> np.ndarray:
        f0 = praat.pitch(samples, RATE, STEP, floor=LOWEST, ceiling=ceiling)
        first = (len(samples) / RATE - (len(f0) - 1) * STEP) / 2  # its frames are centred in the sound
        return at_steps(first + STEP * np.arange(len(f0)), f0, count_of(samples))

    return track


def swift() -> Track:
    detector = SwiftF0(threads=1)

    def track(samples: np.ndarray) -> np.ndarray:
        told = detector.detect(at_16k(samples, RATE), 16_000, LOWEST, HIGHEST)
        return at_steps(told.timestamps, np.where(told.confidence >= 0.5, told.pitch_hz, 0), count_of(samples))

    return track


def agreed(tracks: list[np.ndarray]) -> np.ndarray:
    """What at least two tracks say, 0 where no two agree."""
    octaves = np.log2(np.maximum(tracks, 1e-9))
    out = np.zeros(len(tracks[0]))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        same = (np.minimum(tracks[one], tracks[other]) > 0) & (np.abs(octaves[one] - octaves[other]) < AGREE) & (out == 0)
        out[same] = np.sqrt(tracks[one][same] * tracks[other][same])
    return out


def glide(low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Four seconds of a buzz, and its pitch at each step."""
    seconds = np.arange(4 * RATE) / RATE
    f0 = low * (high / low) ** (seconds / 4)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    sound = sum(np.sin(number * phase) * (number * f0 < 12_000) / number for number in range(1, 40))
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(f0))
    return 0.3 * sound + noise, f0[:: round(STEP * RATE)][: count_of(f0)]


def degraded(samples: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    random = np.random.default_rng(1)
    noise = random.standard_normal(len(samples)) * np.std(samples) / 10 ** (10 / 20)
    yield "speech, noise at 10 dB", samples + noise
    time = np.arange(round(0.6 * RATE)) / RATE
    room = random.standard_normal(len(time)) * np.exp(-time / 0.09)
    room[0] = 0
    room *= 0.7 / np.sqrt((room**2).sum())
    room[0] = 1
    yield "speech, in a room", 0.5 * fftconvolve(samples, room)[: len(samples)]
    yield "speech, clipped by 22 dB", np.clip(samples * 12 / np.abs(samples).max(), -1, 1) * 0.99


class Table:
    """Counts by kind."""

    def __init__(self, judged: dict[str, Track]) -> None:
        self._judged = judged
        self._rows: dict[str, list[np.ndarray]] = {}
        names = " | ".join(judged)
        print(f"| kind | frames | missed | {names} |\n|{'---|' * (3 + len(judged))}", flush=True)

    def add(self, kind: str, samples: np.ndarray, truth: np.ndarray) -> None:
        """Judge a sound whose pitch is `truth`."""
        counts, known = [float((truth > 0).sum())], truth > 0
        for name, track in self._judged.items():
            f0 = track(samples)[: len(truth)]
            both = known[: len(f0)] & (f0 > 0)
            wrong = np.abs(np.log2(f0[both] / truth[: len(f0)][both])) > WRONG
            counts += [float(wrong.sum()), float(both.sum())]
            if name == "takevoice":
                counts.insert(1, counts[0] - counts[-1])
        self._rows.setdefault(kind, []).append(np.array(counts))

    def print(self) -> None:
        """Print a row for each kind."""
        for kind, rows in self._rows.items():
            frames, missed, *pairs = np.sum(rows, axis=0)
            shares = [f"{100 * wrong / max(1, voiced):.1f} %" for wrong, voiced in zip(pairs[::2], pairs[1::2], strict=True)]
            print(f"| {kind} | {frames:.0f} | {100 * missed / max(1, frames):.0f} % | {' | '.join(shares)} |")


def main() -> None:
    """Read the command line, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="+", metavar="KIND=FOLDER", help="recordings (.wav, .flac, .mp3, .ogg) of one kind")
    kinds = dict(word.split("=", 1) for word in parser.parse_args().kinds)
    judges = {"Praat": by_praat(HIGHEST), "Harvest": harvest, "SwiftF0": swift()}
    table = Table({"takevoice": takevoice, "Praat to 500": by_praat(500), "Praat": judges["Praat"]})
    for low, high in GLIDES:
        table.add("glides", *glide(low, high))
    for kind, samples, truth in material(STEP):
        table.add(kind, samples, truth)
    for kind, folder in kinds.items():
        for said in from_folder(Path(folder)).values():
            truth = agreed([judge(said.samples) for judge in judges.values()])
            table.add(kind, said.samples, truth)
            if kind == "speech":
                for name, samples in degraded(said.samples):
                    table.add(name, samples, truth)
    table.print()


if __name__ == "__main__":
    main()
