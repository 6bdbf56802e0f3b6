"""Whether a conversion in the account's history is that of a take: by its length and the envelope of its level."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from takevoice import OUTPUT_FORMATS

WINDOW = 0.02  # seconds of a value of the envelope
LENGTH = 0.25  # seconds by which the lengths may differ, and besides
LENGTH_SHARE = 0.02  # this share of them: codecs pad
SHIFT = 5  # windows by which the answer may be shifted
ALIKE = 0.8  # correlation of the envelopes from which two sounds are of the same speech

Samples = np.ndarray[Any, np.dtype[Any]]


def read_mono(source: Path | bytes, *, raw_rate: int = 0) -> tuple[Samples, int] | None:
    """Return samples and sample rate; None for what cannot be read. `raw_rate`: it is 16-bit PCM without a header."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    if raw_rate:
        return np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / 32768, raw_rate
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError):
        return None
    return samples.mean(axis=1), rate


def read_answer(data: bytes, output_format: str) -> tuple[Samples, int] | None:
    """Return the samples and the sample rate of an answer in a format of the API; None if it is in another."""
    known = OUTPUT_FORMATS.get(output_format)
    if known is None or not known.headerless:
        return read_mono(data)
    if data[:4] in (b"RIFF", b"fLaC", b"OggS") or data[:3] == b"ID3" or data[:2] in (b"\xff\xfb", b"\xff\xf3"):
        return read_mono(data)
    if known.codec == "pcm":
        return read_mono(data, raw_rate=known.sample_rate)
    subtype = {"ulaw": "ULAW", "alaw": "ALAW"}[known.codec]
    samples, rate = soundfile.read(
        io.BytesIO(data), dtype="float32", format="RAW", subtype=subtype, samplerate=known.sample_rate, channels=1
    )
    return np.asarray(samples), rate


def envelope(samples: Samples, rate: int) -> Samples:
    """Return the level in windows of 20 ms, as the root of the mean square."""
    size = max(1, round(rate * WINDOW))
    count = max(1, len(samples) // size)
    padded = np.zeros(count * size, np.float32)
    padded[: min(len(samples), count * size)] = samples[: count * size]
    levels: Samples = np.sqrt(np.mean(np.square(padded.reshape(count, size), dtype=np.float64), axis=1))
    return levels


def likeness(take: tuple[Samples, int], answer: tuple[Samples, int]) -> float:
    """Return how alike the envelopes are, from -1 to 1; -1 for lengths that differ."""
    seconds, other = (len(samples) / rate for samples, rate in (take, answer))
    if abs(seconds - other) > LENGTH + LENGTH_SHARE * seconds:
        return -1.0
    one, two = envelope(*take), envelope(*answer)
    size = min(len(one), len(two))
    best = -1.0
    for shift in range(-SHIFT, SHIFT + 1):
        a, b = one[max(0, shift) : size + min(0, shift)], two[max(0, -shift) : size + min(0, -shift)]
        if len(a) < 2:
            continue
        spread = float(np.std(a) * np.std(b))
        best = max(best, float(np.mean((a - a.mean()) * (b - b.mean()))) / spread if spread > 0 else -1.0)
    return best
