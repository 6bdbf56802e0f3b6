"""Print how well `takevoice.audio.placement` tells where an answer belongs, by the length of the take.

    PYTHONPATH=daemon:plugins python tests/bench/placement_table.py FOLDER [fit|report] [CUTS] [CACHE]

Takes are cuts of the recordings in FOLDER (a subfolder's name is its material), at all kinds of edges. Answers are the
local engine's conversions of the whole recordings, cut at the same places, through codecs, and late or early by known
times. Thresholds were fitted on half of the recordings ("fit"); the other half is the report. Conversions are kept in CACHE.
"""

from __future__ import annotations

import hashlib
import io
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from takevoice import OUTPUT_FORMATS, resample
from takevoice.audio.placement import MIN_OFFSET, Kind, Placement, place, resembles
from takevoice_plugins.local import engine
from takevoice_plugins.local.encode import encode
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks

RATE = 48_000
LONGEST = 14.0  # seconds that are used of a recording
WORD = 1.2  # seconds: a recording shorter than this is a take of its own
VOICES = ("ada", "bruno", "june", "edgar")
LENGTHS = (0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)  # seconds
EDGES = {"random": None, "faded": None, "word": 0.0, "50 ms": 0.05, "200 ms": 0.2}
CODECS = ("lossless", "mp3_44100_128", "mp3_22050_32", "opus_48000_64", "ulaw_8000")
DELAYS = (-60, -40, -20, -10, 10, 20, 40, 60, 90, 120)  # ms
QUIET = 0.03  # of the peak: below this, a cut has nothing in it
TOLERANCE = 5.0  # ms
CORRECTABLE = 20  # ms


@dataclass(frozen=True)
class Cut:
    """A take and its answer, (frames,) at RATE; `rows` are the lines of the table in which it counts."""

    take: np.ndarray
    answer: np.ndarray
    rows: tuple[str, ...]


@dataclass
class Row:
    """A line of the table: counts of comparisons, and of what came out."""

    right: int = 0
    moved: int = 0
    held: int = 0
    delayed: int = 0
    corrected: int = 0
    wrong: int = 0
    caught: int = 0


def main(folder: Path, half: str = "report", number: str = "150", cache: str = "") -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as own:
        loaded = list(load(folder, Path(cache or own), half))
    rows: dict[str, Row] = defaultdict(Row)
    random = np.random.default_rng(1)
    for cut, other in pairs(loaded, int(number), random):
        count(cut, other, [rows[name] for name in cut.rows], random)
    print(f"{'':10}{'n':>7}{'moved > 5 ms':>14}{'held':>7}{'':8}{'corrected':>12}{'wrong words held':>20}")
    for name, row in rows.items():
        share = f"{100 * row.held / max(1, row.right):.2f} %"
        fixed, caught = f"{row.corrected}/{row.delayed}", f"{row.caught}/{row.wrong}"
        print(f"{name:10}{row.right:7}{row.moved:14}{row.held:7}{share:>8}{fixed:>12}{caught:>20}")
    print(f"CPU for 3 s: {cost(loaded):.2f} ms")


def load(folder: Path, cache: Path, half: str) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield (material, recording, conversion) of one half of the recordings."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in (".wav", ".flac", ".mp3", ".ogg"):
            continue
        if (zlib.crc32(path.stem.encode()) % 16 < 8) != (half == "fit"):
            continue
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        take = resample(samples[: round(LONGEST * rate)].mean(axis=1), rate, RATE)
        voice = VOICES[zlib.crc32(path.stem.encode()) % len(VOICES)]
        yield path.parent.name if path.parent != folder else "speech", take, convert(take, voice, cache)


def convert(take: np.ndarray, voice: str, cache: Path) -> np.ndarray:
    """Return the local engine's answer."""
    path = cache / f"{hashlib.blake2b(take.tobytes() + voice.encode(), digest_size=12).hexdigest()}.npy"
    if not path.exists():
        source = ArraySource(take.astype(np.float64), RATE)
        plan = engine.plan(source, profile(voice), EngineParameters())
        np.save(path, np.concatenate(list(plan.convert(read_blocks(source)))).astype(np.float32))
    answer: np.ndarray = np.load(path)
    return answer


def pairs(loaded: list, number: int, random: np.random.Generator) -> Iterator[tuple[Cut, Cut]]:
    """Yield cuts, each with another one of about the same length and material, but of another recording."""
    for material in sorted({each[0] for each in loaded}):
        recordings = [each[1:] for each in loaded if each[0] == material]
        cuts = [Cut(*each, (material,)) for each in recordings if len(each[0]) < WORD * RATE]
        yield from zip(cuts, cuts[2:] + cuts[:2], strict=True)
        recordings = [each for each in recordings if len(each[0]) >= WORD * RATE]
        for seconds in LENGTHS if recordings else ():
            wanted = number if material == "speech" else max(4, number // 6)
            cuts = []
            for turn in range(wanted):
                source = recordings[turn % len(recordings)]
                found = cut(*source, seconds, random)
                if found is not None:
                    row = f"{seconds:g} s" if material == "speech" else material
                    cuts.append(Cut(*found, (row, "speech") if material == "speech" else (row,)))
                    if material == "speech" and turn % 6 == 0:
                        cuts.append(Cut(noisy(found[0], random), found[1], ("in noise",)))
            yield from zip(cuts, cuts[2:] + cuts[:2], strict=True)


def cut(
    take: np.ndarray, answer: np.ndarray, seconds: float, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return a part of a recording and of its conversion; None if there is hardly anything in it."""
    length = round(seconds * RATE)
    if length >= len(take):
        return None
    start = int(random.integers(len(take) - length))
    edges = list(EDGES)[int(random.integers(len(EDGES)))]
    room = EDGES[edges]
    if room is not None:
        start = max(0, min(onset(take, start) - round(room * RATE), len(take) - length))
    parts = tuple(each[start : start + length].copy() for each in (take, answer))
    if np.abs(parts[0]).max() < QUIET * np.abs(take).max():
        return None
    if edges == "faded":
        ramp = np.linspace(0, 1, RATE // 200, dtype=np.float32)
        for each in parts:
            each[: len(ramp)] *= ramp
            each[-len(ramp) :] *= ramp[::-1]
    return parts[0], parts[1]


def noisy(take: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return the take with noise 15 dB below it that its answer does not have."""
    noise = random.standard_normal(len(take)).astype(np.float32)
    level = np.sqrt(np.mean(take**2)) * 10 ** (-15 / 20)
    return take + level * noise


def onset(samples: np.ndarray, after: int) -> int:
    """Return the next place where quiet becomes loud."""
    hop = RATE // 100
    levels = np.abs(samples[after:])
    levels = levels[: len(levels) // hop * hop].reshape(-1, hop).max(axis=1)
    loud = levels > 0.1 * np.abs(samples).max()
    rises = np.flatnonzero(loud[1:] & ~loud[:-1])
    return after + (int(rises[0]) + 1) * hop if len(rises) else after


def count(one: Cut, other: Cut, rows: list[Row], random: np.random.Generator) -> None:
    """Place a cut's answer, with and without delays, and that of another cut."""
    codec = CODECS[int(random.integers(len(CODECS)))]
    answer, wrong = coded(one.answer, codec), coded(other.answer, codec)
    for delay in (0, *random.choice(DELAYS, 2, replace=False)):
        longer = bool(random.integers(2))
        came = delayed(answer, delay, longer=longer)
        found = placed(one.take, came, codec)
        moved = 0.0 if found is None or not found.sure or abs(found.offset) < MIN_OFFSET else found.offset
        for row in rows:
            row.right += 1
            row.moved += moved != 0 and abs(moved - delay) > TOLERANCE
            row.held += found is not None and not resembles(found, len(one.take) / RATE)
            row.delayed += abs(delay) >= CORRECTABLE
            row.corrected += abs(delay) >= CORRECTABLE and moved != 0 and abs(moved - delay) <= TOLERANCE
    found = placed(one.take, wrong, codec)
    for row in rows:
        row.wrong += 1
        row.caught += found is not None and not resembles(found, len(one.take) / RATE)


def placed(take: np.ndarray, answer: np.ndarray, codec: str) -> Placement | None:
    """Return where an answer is found."""
    exact = codec == "lossless" and len(take) == len(answer)
    kind = Kind.EXACT if exact else Kind.SERVICE if codec == "lossless" else Kind.LOSSY
    return place(reader(take), len(take), reader(answer), len(answer), RATE, kind)


def reader(samples: np.ndarray):
    """Return a function that reads ranges, with silence outside."""

    def read(start: int, frames: int) -> np.ndarray:
        out = np.zeros(frames, np.float32)
        first, last = max(0, start), min(len(samples), start + frames)
        if last > first:
            out[first - start : last - start] = samples[first:last]
        return out

    return read


def coded(answer: np.ndarray, codec: str) -> np.ndarray:
    """Return an answer that went through a codec."""
    if codec == "lossless":
        return answer
    wanted = OUTPUT_FORMATS[codec]
    data = b"".join(encode([answer.astype(np.float64)], RATE, len(answer), codec))
    raw = {"samplerate": 8000, "channels": 1, "subtype": "ULAW", "format": "RAW"} if wanted.headerless else {}
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", **raw)
    return resample(samples, rate, RATE) if rate != RATE else samples


def delayed(answer: np.ndarray, milliseconds: float, *, longer: bool) -> np.ndarray:
    """Return an answer that is late, or early if negative: longer or shorter, or as long as it was."""
    silence = np.zeros(round(abs(milliseconds) * RATE / 1000), np.float32)
    if milliseconds >= 0:
        out = np.concatenate((silence, answer))
        return out if longer else out[: len(answer)]
    out = answer[len(silence) :]
    return out if longer else np.concatenate((out, silence))


def cost(loaded: list) -> float:
    """Return the CPU time in ms of placing the answer to a take of 3 s: the median of twenty."""
    take, answer = next(each[1:] for each in loaded if len(each[1]) > 4 * RATE)
    take, answer = take[: 3 * RATE], answer[: 3 * RATE]
    times = []
    for _ in range(20):
        before = time.thread_time()
        place(reader(take), len(take), reader(answer), len(answer), RATE, Kind.LOSSY)
        times.append(time.thread_time() - before)
    return 1000 * float(np.median(times))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
