"""Draws the pictures of docs/engine.md: spectrograms of a take of espeak-ng's and its results, and a cloned voice.

Run: python tests/bench/engine_pictures.py
Needs flite for the cloned voice; writes to docs/pictures/.
"""

from __future__ import annotations

import struct
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from voice_speakers import LEARNT, RATE, as_take, speak

from takevoice_plugins.local import engine
from takevoice_plugins.local.cloned.clone import ClonedProfile
from takevoice_plugins.local.cloned.learn import learn
from takevoice_plugins.local.cloned.picture import draw
from takevoice_plugins.local.parameters import EngineParameters
from takevoice_plugins.local.preset import profile
from takevoice_plugins.local.source import ArraySource, read_blocks
from takevoice_plugins.local.voice_profile import VoiceProfile

ROOT = Path(__file__).parents[2]
TAKE = ROOT / "tests" / "takes" / "narrator_48k_24bit.flac"
PICTURES = ROOT / "docs" / "pictures"
SECONDS, HIGHEST = 3.0, 7000.0  # Hz
WIDTH, HEIGHT = 720, 240
WINDOW, FFT = 0.03, 4096  # seconds, bins
RANGE = 60.0  # dB
COLOURS = ((0, (255, 255, 255)), (110, (120, 170, 220)), (190, (30, 60, 140)), (255, (10, 5, 40)))


def spectrogram(samples: np.ndarray) -> np.ndarray:
    """Levels 0 to 255, the highest frequency first: (HEIGHT, WIDTH)."""
    size = int(WINDOW * RATE)
    samples = np.pad(samples[: int(SECONDS * RATE)], size // 2)
    starts = np.linspace(0, len(samples) - size, WIDTH).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[starts] * np.hanning(size)
    emphasis = 1 + np.fft.rfftfreq(FFT, 1 / RATE) / 600
    power = np.abs(np.fft.rfft(frames, FFT, axis=1) * emphasis) ** 2
    rows = np.linspace(HIGHEST, 0, HEIGHT) * FFT / RATE
    level = 10 * np.log10(power[:, np.rint(rows).astype(int)].T + 1e-12)
    return np.clip(255 * (1 + (level - np.percentile(level, 99.8)) / RANGE), 0, 255).astype(np.uint8)


def png(levels: np.ndarray) -> bytes:
    """An indexed PNG (RFC 2083) of levels 0 to 255."""
    steps = np.arange(256)
    at, colours = [step for step, _ in COLOURS], np.array([colour for _, colour in COLOURS])
    palette = np.stack([np.interp(steps, at, colours[:, i]) for i in range(3)], 1).astype(np.uint8)
    rows = np.pad(levels // 8 * 8, ((0, 0), (1, 0)))
    head = struct.pack(">IIBBBBB", levels.shape[1], levels.shape[0], 8, 3, 0, 0, 0)
    chunks = [
        (b"IHDR", head),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def cloned_voice() -> ClonedProfile:
    """A voice from flite's slt."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "slt.wav"
        soundfile.write(path, as_take(speak("slt", LEARNT)).samples, RATE, "PCM_24")
        return ClonedProfile(learn("slt", [path], "a synthesiser"))


def main() -> None:
    """Writes them all."""
    samples, rate = soundfile.read(TAKE)
    assert rate == RATE
    cloned = cloned_voice()
    voices: dict[str, VoiceProfile] = {"ada": profile("ada"), "george": profile("george"), "cloned": cloned}
    results = {"source": samples}
    for name, voice in voices.items():
        source = ArraySource(samples, RATE)
        plan = engine.plan(source, voice, EngineParameters())
        results[name] = np.concatenate(list(plan.convert(read_blocks(source))))
    for name, sound in results.items():
        data = png(spectrogram(sound))
        (PICTURES / f"engine-{name}.png").write_bytes(data)
        print(f"engine-{name}.png {len(data) / 1000:.0f} kB")
    (PICTURES / "engine-voice.svg").write_text(draw(cloned.profile), encoding="utf-8")


if __name__ == "__main__":
    main()
