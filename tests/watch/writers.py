"""Programs that write takes as DAWs do: run as `writers.py KIND PATH PAUSE`, they pause in the middle."""

from __future__ import annotations

import os
import struct
import sys
import time
from pathlib import Path

import numpy as np
import soundfile

RATE = 48_000
SAMPLES = (np.sin(np.arange(RATE) * 0.05) * 8000).astype("<i2").tobytes()


def header(size: int) -> bytes:
    """A WAV header for that many bytes of 16-bit mono."""
    head = (
        b"RIFF"
        + struct.pack("<I", size and 36 + size)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * 2, 2, 16)
    )
    return head + b"data" + struct.pack("<I", size)


def header_at_the_end(path: Path, pause: float) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(header(0))
        file.write(SAMPLES[:30_000])
        time.sleep(pause)
        file.write(SAMPLES[30_000:])
        file.seek(0)
        file.write(header(len(SAMPLES)))


def preallocated(path: Path, pause: float) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(header(len(SAMPLES)))
        file.truncate(44 + len(SAMPLES))
        file.write(SAMPLES[:30_000])
        time.sleep(pause)
        file.write(SAMPLES[30_000:])


def header_per_block(path: Path, pause: float) -> None:
    with path.open("wb", buffering=0) as file:
        done = 0
        for piece in (SAMPLES[:30_000], SAMPLES[30_000:]):
            file.seek(44 + done)
            file.write(piece)
            done += len(piece)
            file.seek(0)
            file.write(header(done))
            time.sleep(pause if done < len(SAMPLES) else 0)


def flac(path: Path, pause: float) -> None:
    samples = np.frombuffer(SAMPLES, "<i2")
    with soundfile.SoundFile(str(path), "w", RATE, 1, "PCM_16") as file:
        file.write(samples[:20_000])
        file.flush()
        time.sleep(pause)
        file.write(samples[20_000:])


def reopened(path: Path, pause: float) -> None:
    with path.open("wb", buffering=0) as file:
        file.write(header(0))
        file.write(SAMPLES)
    time.sleep(pause)
    with path.open("r+b", buffering=0) as file:
        file.write(header(len(SAMPLES)))


def dated_first(path: Path, pause: float) -> None:
    """Give the file its old time before its contents, as some copy programs do."""
    with path.open("wb", buffering=0) as file:
        file.write(header(len(SAMPLES)))
        file.truncate(44 + len(SAMPLES))
        os.utime(path, (0, 0))
        time.sleep(pause)
        file.write(SAMPLES)


def renamed_first(path: Path, pause: float) -> None:
    """Write under another name, and continue after the rename."""
    temp = path.with_suffix(".tmp")
    with temp.open("wb", buffering=0) as file:
        file.write(header(len(SAMPLES)))
        file.truncate(44 + len(SAMPLES))
        os.utime(temp, (0, 0))
        temp.rename(path)
        time.sleep(pause)
        file.write(SAMPLES)


def tagged_later(path: Path, pause: float) -> None:
    """Close a complete file, and write to it again."""
    with path.open("wb", buffering=0) as file:
        file.write(header(len(SAMPLES)))
        file.write(bytes(len(SAMPLES)))
    time.sleep(pause)
    with path.open("r+b", buffering=0) as file:
        file.seek(44)
        file.write(SAMPLES)


KINDS = {
    function.__name__: function
    for function in (
        header_at_the_end,
        preallocated,
        header_per_block,
        flac,
        reopened,
        dated_first,
        renamed_first,
        tagged_later,
    )
}

if __name__ == "__main__":
    KINDS[sys.argv[1]](Path(sys.argv[2]), float(sys.argv[3]))
    print(time.monotonic(), flush=True)
    os._exit(0)
