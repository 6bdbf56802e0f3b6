"""Print how well `takevoice.audio.placement` tells where an answer belongs, by material and length.

    PYTHONPATH=daemon:plugins python tests/bench/placement_table.py FOLDER [--cuts 12] [--half report] [--cache CACHE]

FOLDER has recorded speech, and in subfolders other recordings (their name is the material: `words`, `music`, `noises`).
Whispers, shouts, barks, impulses, breaths and steady noises are made. Answers are the local engine's, cut at the same places:
as they are, late or early, with other sound at an edge, through codecs (ffmpeg), without the take's noise, or converted from
the cut alone (`--alone`). Thresholds were chosen with one half of the recordings (`--half fit`); the other half is the report.
`--cuts 150` takes all of it. Conversions are kept in CACHE.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from placement_answers import CODECS, Answer, answers
from placement_material import RATE, Cut, Recording, Samples, cuts, load

from takevoice.audio.placement import MIN_OFFSET, place

LENGTHS = (0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # seconds
CLASSES = {"0.2-0.7 s": (0, 0.95), "1 s": (0.95, 1.25), "1.5-3 s": (1.25, 3.3), "5-10 s": (3.3, 99)}
LIVELY = ("speech", "shouts", "whispers")  # materials with words
TELLABLE = 1.0  # seconds from which other words count
TOLERANCE = 5.0  # ms
CORRECTABLE = 20  # ms
TIMED = (2.9, 3.3)  # seconds of the takes whose CPU time is told
HEARD = (-30.0, -40.0, 10.0)  # dB below the loudest moment: always heard, heard if it is so far above the quietest
SPARED = 0.0005  # seconds at the inner end of what is lost: so little is not heard
Read = Callable[[int, int], Samples]


@dataclass(frozen=True)
class Found:
    """What was found of an answer: by how many ms it is moved, if it is held, and the CPU time in ms."""

    moved: float
    held: bool
    cpu: float


@dataclass
class Row:
    """A line of the table: counts of comparisons, and of what came out."""

    right: int = 0
    moved: int = 0
    cut: int = 0
    held: int = 0
    delayed: int = 0
    corrected: int = 0
    wrong: int = 0
    caught: int = 0
    cpu: list[float] = field(default_factory=list)

    def count(self, answer: Answer, found: Found) -> None:
        """Add one answer."""
        seconds = len(answer.cut.take) / RATE
        if TIMED[0] < seconds < TIMED[1]:
            self.cpu.append(found.cpu)
        if answer.delay is None:
            self.wrong += seconds >= TELLABLE
            self.caught += seconds >= TELLABLE and found.held
            return
        self.right += 1
        astray = bool(found.moved) and abs(found.moved - answer.delay) > TOLERANCE
        self.moved += astray
        smeared = answer.way in CODECS and abs(found.moved) <= abs(answer.delay) + 1000 * SPARED  # a codec's echo before the answer
        self.cut += not smeared and cuts_off(answer.samples, len(answer.cut.take), round(found.moved * RATE / 1000))
        self.held += found.held
        self.delayed += abs(answer.delay) >= CORRECTABLE
        self.corrected += abs(answer.delay) >= CORRECTABLE and bool(found.moved) and not astray

    def __str__(self) -> str:
        """The cells of the line."""
        held = f"{self.held} ({100 * self.held / max(1, self.right):.2f} %)"
        cpu = f"{np.median(self.cpu):.1f}" if self.cpu else ""
        fixed, caught = f"{self.corrected} of {self.delayed}", f"{self.caught} of {self.wrong}"
        return f"{self.right} | {self.moved} | {self.cut} | {held} | {fixed} | {caught} | {cpu}"


def cuts_off(answer: Samples, frames: int, earlier: int) -> bool:
    """Return True if moving an answer pushes something that is heard over an edge of a take of `frames`."""
    end = min(frames, len(answer))
    lost = answer[: max(0, min(earlier, end))] if earlier > 0 else answer[max(0, frames + earlier) : end]
    window, spared = RATE // 100, round(SPARED * RATE)
    lost = lost[:-spared] if earlier > 0 else lost[spared:]
    if len(lost) < window:
        return False
    levels, gone = (_levels(each, window) for each in (answer[:end], lost))
    always, sometimes, above = HEARD
    return bool(gone.max() > levels.max() + always or gone.max() > max(levels.max() + sometimes, levels.min() + above))


def _levels(samples: Samples, window: int) -> np.ndarray:
    """Return the levels of 10 ms in dB, every 5 ms."""
    moments = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), window)[:: window // 2]
    return 10 * np.log10(np.square(moments).mean(axis=1) + 1e-9)


def judge(answer: Answer, take: Samples) -> Found:
    """Place an answer with takevoice."""
    before = time.thread_time()
    found = place(reader(take), len(take), reader(answer.samples), len(answer.samples), RATE, answer.kind)
    cpu = 1000 * (time.thread_time() - before)
    if found is None:
        return Found(0.0, False, cpu)
    moved = found.offset if found.sure and abs(found.offset) >= MIN_OFFSET else 0.0
    return Found(moved, not found.alike, cpu)


def reader(samples: Samples) -> Read:
    """Return a function that reads ranges, with silence outside."""

    def read(start: int, frames: int) -> Samples:
        out = np.zeros(frames, np.float32)
        first, last = max(0, start), min(len(samples), start + frames)
        if last > first:
            out[first - start : last - start] = samples[first:last]
        return out

    return read


def noisy(answer: Answer, random: np.random.Generator) -> Samples:
    """Return the take of an answer, with noise if the answer lacks it."""
    take = answer.cut.take
    if answer.noise is None:
        return take
    level = np.sqrt(np.mean(take**2)) * 10 ** (-answer.noise / 20)
    return take + np.float32(level) * random.standard_normal(len(take), np.float32)


def cases(
    recordings: list[Recording], cache: Path, number: int, alone: bool
) -> Iterator[tuple[str, Answer, Samples]]:
    """Yield (row, answer, take)."""
    random = np.random.default_rng(1)
    for material in sorted({each.material for each in recordings}):
        own = [each for each in recordings if each.material == material]
        groups = [list(cuts(own, seconds, _number(material, number), random)) for seconds in LENGTHS]
        if all(len(each.take) < 2 * RATE for each in own):  # words, which are takes as they are
            groups = [[Cut(each, 0, "own", each.take, each.answer) for each in own]]
        for group in groups:
            for answer in answers(group, cache, alone, random):
                yield _row(answer), answer, noisy(answer, random)


def _number(material: str, number: int) -> int:
    return number if material == "speech" else max(4, number // 3)


def _row(answer: Answer) -> str:
    material, seconds = answer.cut.source.material, len(answer.cut.take) / RATE
    if material not in LIVELY:
        return material
    if material == "speech" and answer.noise is not None:
        material = "speech in noise"
    name = next(name for name, (low, high) in CLASSES.items() if low <= seconds < high)
    return f"{material}, {name}" if material == "speech" else material


def baseline(seconds: float = 3.0) -> float:
    """Return the CPU time in ms of the spectra alone that a comparison needs, by numpy: the median of twenty."""
    sound = np.random.default_rng(0).standard_normal(round(seconds * 16_000)).astype(np.float32)
    times = []
    for _ in range(20):
        before = time.thread_time()
        for _ in range(2):
            np.fft.rfft(np.lib.stride_tricks.sliding_window_view(sound, 320)[::80], axis=1)
        times.append(1000 * (time.thread_time() - before))
    return float(np.median(times))


def main(judge: Callable[[Answer, Samples], Found] = judge) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("fit", "report"), default="report")
    parser.add_argument("--cuts", type=int, default=12)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as own:
        cache = options.cache or Path(own)
        recordings = list(load(options.folder, cache, ("fit", "report").index(options.half)))
        for name, answer, take in cases(recordings, cache, options.cuts, options.alone):
            rows.setdefault(name, Row()).count(answer, judge(answer, take))
    print("| takes | answers | moved > 5 ms wrong | sound cut off | held wrongly | delays corrected | other held | CPU ms |")
    print("|---|---|---|---|---|---|---|---|")
    for name, row in rows.items():
        print(f"| {name} | {row} |")
    print(f"(CPU for takes of 3 s; the spectra alone, by numpy: {baseline():.1f} ms)")


if __name__ == "__main__":
    main()
