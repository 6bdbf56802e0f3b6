"""How many tones are found, and what is taken for one by mistake. The tones are made by sox and ffmpeg.

`python tests/bench/tones_table.py SPEECH...`: recordings of speech, in any format that libsndfile reads.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, sosfilt

from takevoice.audio.tones import Tone, ToneFinder

FRAMES = {"23.976": Fraction(1001, 24000), "24": Fraction(1, 24), "25": Fraction(1, 25),
          "29.97": Fraction(1001, 30000), "30": Fraction(1, 30)}  # fmt: skip
RATES = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
HERTZ = (440, 600, 997, 1000, 2000, 3000)
LEVELS = (-40, -30, -20, -12, -6)  # dBFS, of the peak
RAMPS = (0, 1, 2, 5)  # ms
NOISE = (None, -80, -70, -60)  # dBFS
EDGE = 0.001  # seconds by which an edge may be off; a ramp has its edge anywhere on it


def tones_in(samples: np.ndarray, rate: int) -> Sequence[Tone]:
    """Return the tones in a take of shape (frames,) or (frames, channels)."""
    samples = samples.reshape(len(samples), -1).astype(np.float32)
    finder = ToneFinder(rate, samples.shape[1])
    for start in range(0, len(samples), 65_536):
        finder.feed(samples[start : start + 65_536])
    return finder.result()


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True)


def by_sox(path: Path, rate: int, hertz: float, seconds: float, level: float, ramp: float) -> None:
    fade = ("fade", "t", f"{ramp / 1000}", f"{seconds:.9f}", f"{ramp / 1000}") if ramp else ()
    run("sox", "-D", "-n", "-r", str(rate), "-e", "float", "-b", "32", path, "synth", f"{seconds:.9f}", "sine", f"{hertz}",
        "vol", f"{level}dB", *fade)  # fmt: skip


def by_ffmpeg(path: Path, rate: int, hertz: float, seconds: float, level: float, ramp: float) -> None:
    fades = f",afade=d={ramp / 1000},afade=t=out:st={seconds - ramp / 1000}:d={ramp / 1000}" if ramp else ""
    # ffmpeg's sine has an amplitude of 1/8.
    source = f"sine=f={hertz}:r={rate}:d={seconds:.9f},aformat=dbl,volume={level + 18.0618}dB{fades}"
    run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-c:a", "pcm_f32le", path)


def pops(folder: Path, speech: Sequence[np.ndarray], random: np.random.Generator) -> Iterator[tuple]:
    """Yield (what it is, samples, rate, start, frames, ramp in frames) of takes that begin with a pop."""
    choices = list(itertools.product(RATES, HERTZ, FRAMES, LEVELS, RAMPS, NOISE, (by_sox, by_ffmpeg)))
    usable = [each for each in choices if each[1] < 0.45 * each[0]]
    for number in random.permutation(len(usable))[:COUNT]:
        rate, hertz, frame, level, ramp, noise, maker = usable[number]
        path = folder / "pop.wav"
        maker(path, rate, hertz, float(FRAMES[frame]), level, ramp)
        tone = soundfile.read(path)[0]
        start = int(random.uniform(0, 1.5) * rate)
        voice = soxr.resample(speech[random.integers(len(speech))], 48_000, rate)
        # Two seconds from the start of the pop to the voice.
        samples = np.concatenate((np.zeros(start + 2 * rate), voice[: 2 * rate]))
        samples[start : start + len(tone)] += tone
        if noise is not None:
            samples += 10 ** (noise / 20) * random.standard_normal(len(samples))
        where = {"level": f"{level} dBFS", "noise": str(noise), "rate": str(rate), "hertz": str(hertz),
                 "frame": frame, "ramp": f"{ramp} ms", "maker": maker.__name__}  # fmt: skip
        yield where, samples, rate, start, len(tone), ramp * rate // 1000


def found(folder: Path, speech: Sequence[np.ndarray], random: np.random.Generator) -> None:
    tally: dict[tuple[str, str], list[bool]] = {}
    wrong, extra, off = [], 0, []
    for where, samples, rate, start, frames, ramp in pops(folder, speech, random):
        got = tones_in(samples, rate)
        ours = [tone for tone in got if tone.start < start + frames and start < tone.end]
        extra += len(got) - len(ours[:1])
        slack = EDGE * rate + ramp + 1
        edges = (ours[0].start - start, ours[0].end - start - frames) if ours else (np.inf, np.inf)
        good = len(ours) == 1 and max(map(abs, edges)) <= slack
        if good and not ramp:
            off.append(max(map(abs, edges)) / rate * 1000)
        if not good:
            wrong.append((where, len(ours), edges))
        for key, value in where.items():
            tally.setdefault((key, value), []).append(good)
        hard = where["level"] == "-40 dBFS" and where["noise"] == "-60"
        tally.setdefault(("tone over noise", "17 dB" if hard else "27 dB or more"), []).append(good)
    print("| pops | takes | found |\n|---|---|---|")
    for (key, value), results in sorted(tally.items()):
        print(f"| {key} {value} | {len(results)} | {100 * np.mean(results):.1f} % |")
    print(f"\nfound besides, in the same takes: {extra}; edges without a ramp: median {np.median(off):.3f} ms, "
          f"99 % {np.percentile(off, 99):.3f} ms, worst {max(off):.3f} ms")  # fmt: skip
    for each in wrong[:8]:
        print("  missed:", each)


def speech_cuts(speech: Sequence[np.ndarray], random: np.random.Generator) -> Iterator[tuple[str, np.ndarray, int]]:
    """Yield takes of speech: at every rate, cut anywhere, and filtered to be as dull as a tone."""
    for voice, rate in itertools.product(speech, RATES):
        yield "speech, whole", soxr.resample(voice, 48_000, rate), rate
    for voice, speed in itertools.product(speech, (0.6, 0.75, 0.9, 1.2, 1.5, 1.9)):
        yield f"speech, at {speed} of its speed", soxr.resample(voice, 48_000 * speed, 48_000), 48_000
    for voice in speech:
        for low, high in ((100, 600), (200, 1000), (300, 3400), (400, 700), (500, 900), (800, 1600)):
            band = butter(4, (low, high), "band", fs=48_000, output="sos")
            yield f"speech, {low}-{high} Hz", 4 * sosfilt(band, voice), 48_000
        for seconds in (0.03, 0.042, 0.06, 0.1, 0.2, 0.5, 1.0):
            for _ in range(COUNT // 8):
                at = random.integers(len(voice) - int(seconds * 48_000))
                cut = voice[at : at + int(seconds * 48_000)]
                yield f"speech, {seconds} s between silence", np.pad(cut, 4800), 48_000


def music(folder: Path, random: np.random.Generator) -> Iterator[tuple[str, np.ndarray, int]]:
    """Yield what is no tone, but close to one."""
    rate = 48_000
    t = np.arange(2 * rate) / rate
    envelope = np.minimum(1, np.minimum(t / 0.04, (t[-1] - t) / 0.08))
    for pitch, depth in itertools.product((330, 440, 523, 660, 880), (15, 30, 60)):
        bend = depth / 1200 * np.sin(2 * np.pi * random.uniform(4.5, 6.5) * t)
        phase = 2 * np.pi * np.cumsum(pitch * 2**bend) / rate
        yield "sung hum, vibrato", 0.3 * envelope * (np.sin(phase) + 0.01 * np.sin(2 * phase)), rate
        vowel = sum(np.sin(k * phase) * 10 ** (-k * 6 / 20) for k in range(1, 9))
        yield "sung vowel, vibrato", 0.3 * envelope * vowel, rate
    for pitch in (330, 440, 660, 880):
        drift = np.cumsum(random.standard_normal(len(t))) / np.sqrt(rate)  # 1 at one second
        phase = 2 * np.pi * np.cumsum(pitch * 2 ** (0.01 * drift)) / rate
        yield "sung hum, straight", 0.3 * envelope * (np.sin(phase) + 0.02 * np.sin(2 * phase)), rate
    for low, high in ((900, 1800), (1500, 1200), (1000, 1100), (2000, 1960)):
        phase = 2 * np.pi * np.cumsum(np.linspace(low, high, len(t))) / rate
        yield "whistle, gliding", 0.3 * envelope * np.sin(phase), rate
    for note in ("C3", "A3", "A4", "E5"):
        run("sox", "-D", "-n", "-r", "48000", folder / "m.wav", "synth", "2", "pluck", note, "vol", "0.5")
        yield "sox pluck", soundfile.read(folder / "m.wav")[0], rate
    for shape, notes in itertools.product(("sine", "triangle", "square"), (("A3", "E4"), ("C4", "E4", "G4"), ("A4", "C#5"))):
        parts = [word for note in notes for word in (shape, note)]
        run("sox", "-D", "-n", "-r", "48000", folder / "m.wav", "synth", "2", *parts, "remix", "-", "fade", "0.05", "2", "0.2",
            "vol", "0.5")  # fmt: skip
        yield f"chord of {shape}s", soundfile.read(folder / "m.wav")[0], rate
    for sound in ("0.3*sin(2*PI*(1000+100*sin(2*PI*2*t))*t)", "0.2*sin(2*PI*50*t)+0.1*sin(2*PI*100*t)+0.05*sin(2*PI*150*t)"):
        run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"aevalsrc='{sound}':d=2:s=48000", folder / "m.wav")
        yield "ffmpeg siren, hum", soundfile.read(folder / "m.wav")[0], rate
    for pitch in (660, 880, 1000):
        ring = np.exp(-t / 0.3) * np.sin(2 * np.pi * pitch * t)
        yield "bell, decaying", 0.4 * ring, rate


def false(takes: Iterator[tuple[str, np.ndarray, int]]) -> None:
    tally: dict[str, list[int]] = {}
    for kind, samples, rate in takes:
        got = tones_in(samples, rate)
        tally.setdefault(kind, []).append(len(got))
        if got:
            print("  taken for a tone:", kind, [(t.start / rate, t.end / rate, round(t.hertz)) for t in got][:3])
    print("\n| no tones | takes | taken for tones |\n|---|---|---|")
    for kind, counts in tally.items():
        print(f"| {kind} | {len(counts)} | {sum(counts)} |")


def cost(voice: np.ndarray) -> None:
    samples = np.tile(voice, 4)[: 3 * 48_000]
    times = []
    for _ in range(20):
        start = time.perf_counter()
        tones_in(samples, 48_000)
        times.append(time.perf_counter() - start)
    print(f"\n3 s of speech, mono, 48 kHz: {1000 * min(times):.2f} ms at best, {1000 * np.median(times):.2f} ms in the middle")


def main(paths: Sequence[str]) -> None:
    random = np.random.default_rng(0)
    speech = []
    for path in paths:
        samples, rate = soundfile.read(path, always_2d=True)
        speech.append(soxr.resample(samples[:, 0], rate, 48_000))
    with tempfile.TemporaryDirectory() as name:
        found(Path(name), speech, random)
        false(speech_cuts(speech, random))
        false(music(Path(name), random))
    cost(speech[0])


if __name__ == "__main__":
    COUNT = 1000
    main(sys.argv[1:])
