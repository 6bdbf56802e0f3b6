"""Answers for `placement_table.py`: right, late, coded and wrong ones, with the delay that they really have."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from placement_material import RATE, Cut, Samples, convert

from takevoice import resample
from takevoice.audio.placement import Kind

DELAYS = (-60, -40, -20, -10, 10, 20, 40, 60, 90, 120)  # ms
CODECS = {  # as services send them, and an MP3 without the delay of its encoder
    "mp3 128k": ("-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"),
    "mp3 32k": ("-ar", "22050", "-c:a", "libmp3lame", "-b:a", "32k", "-f", "mp3"),
    "mp3 untagged": ("-ar", "44100", "-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", "-f", "mp3"),
    "opus 32k": ("-c:a", "libopus", "-b:a", "32k", "-f", "ogg"),
    "opus 64k": ("-c:a", "libopus", "-b:a", "64k", "-f", "ogg"),
}
NOISE = (15.0, 20.0)  # dB below the take: noise that an answer does not have
ALONE = 3.0  # seconds: no longer cuts are converted by themselves


@dataclass(frozen=True)
class Answer:
    """An answer to a cut; `delay` in ms is the true one, None for the answer to something else."""

    cut: Cut
    way: str
    samples: Samples
    delay: float | None
    kind: Kind = Kind.EXACT
    noise: float | None = None


def answers(every: Sequence[Cut], cache: Path, alone: bool, random: np.random.Generator) -> Iterator[Answer]:
    """Yield answers to each cut; `alone` converts some of the cuts without their surroundings."""
    for cut in every:
        yield Answer(cut, "plain", cut.answer, 0.0)
        yield late(cut, cut.answer, random)
        yield shifted(cut, random)
        codec = list(CODECS)[int(random.integers(len(CODECS)))]
        yield coded(cut, codec, random)
        yield Answer(cut, "in noise", cut.answer, 0.0, noise=float(random.choice(NOISE)))
        if alone and len(cut.take) <= ALONE * RATE:
            own = convert(cut.take, cut.source.voice, cache)
            yield Answer(cut, "by itself", own, 0.0)
            yield late(cut, own, random)
    yield from wrong(every, random)


def late(cut: Cut, answer: Samples, random: np.random.Generator) -> Answer:
    """Return an answer that came late or early: longer or shorter, or as long as it was."""
    delay, longer = float(random.choice(DELAYS)), bool(random.integers(2))
    samples = delayed(answer, delay, longer=longer)
    return Answer(cut, "late", samples, delay, Kind.SERVICE if longer else Kind.EXACT)


def delayed(answer: Samples, milliseconds: float, *, longer: bool) -> Samples:
    """Return the answer after silence, or without its beginning."""
    frames = round(abs(milliseconds) * RATE / 1000)
    silence = np.zeros(frames, np.float32)
    if milliseconds >= 0:
        out = np.concatenate((silence, answer))
        return out if longer else out[: len(answer)]
    out = answer[frames:]
    return out if longer else np.concatenate((out, silence))


def shifted(cut: Cut, random: np.random.Generator) -> Answer:
    """Return an answer that is late or early, and has other sound where it is not of the take."""
    whole, delay = cut.source.answer, float(random.choice(DELAYS))
    start = cut.start - round(delay * RATE / 1000)
    if cut.edges == "padded" or start < 0 or start + len(cut.take) > len(whole):
        return Answer(cut, "plain", cut.answer, 0.0, Kind.SERVICE)
    return Answer(cut, "shifted", whole[start : start + len(cut.take)], delay)


def coded(cut: Cut, codec: str, random: np.random.Generator) -> Answer:
    """Return an answer that went through a codec, half of them late."""
    answer = cut.answer
    if random.integers(2):
        answer = delayed(answer, float(random.choice(DELAYS)), longer=True)
    wav = io.BytesIO()
    soundfile.write(wav, answer, RATE, format="WAV", subtype="FLOAT")
    line = ["ffmpeg", "-v", "error", "-threads", "1", "-f", "wav", "-i", "-", *CODECS[codec], "-"]
    data = subprocess.run(line, input=wav.getvalue(), capture_output=True, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32")
    samples = resample(samples, rate, RATE) if rate != RATE else samples
    return Answer(cut, codec, samples, same_sound(cut.answer, samples), Kind.LOSSY)


def same_sound(answer: Samples, coded: Samples) -> float:
    """Return by how many ms `coded` is later than `answer`, by their waveforms."""
    size = len(answer) + len(coded)
    product = np.fft.irfft(np.conj(np.fft.rfft(answer, size)) * np.fft.rfft(coded, size), size)
    reach = RATE // 4
    near = np.concatenate((product[-reach:], product[: reach + 1]))
    return (int(near.argmax()) - reach) * 1000 / RATE


def wrong(every: Sequence[Cut], random: np.random.Generator) -> Iterator[Answer]:
    """Yield for each cut the answer to another one of its length."""
    for number, cut in enumerate(every):
        other = every[(number + 1 + int(random.integers(max(1, len(every) - 1)))) % len(every)]
        if other.source.name != cut.source.name:
            codec = list(CODECS)[number % len(CODECS)]
            heard = coded(other, codec, random) if number % 4 == 0 else Answer(other, "", other.answer, None)
            yield Answer(cut, "other words", heard.samples, None, heard.kind)
