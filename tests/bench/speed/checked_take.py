"""What every result of takevoice has, done for a mono WAV take in memory with nothing of takevoice: a part of `floor.py`.

The take is hashed, its silences are found, it is sent, the answer is kept on disk, decoded, brought to the take's rate, place and
loudness without going over its peak, silent where the take is, and packed into a copy of the take's file, which is read back before
it gets its name. Five changes are on disk before the next step begins.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import socket
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

from speed.group_commit import GroupCommit
from speed.measures import lag, loudness, true_peak

LEAST_MOVE, LEAST_ALIKE = 0.003, 0.4  # seconds; correlation
LEAST_SILENCE, FADE = 0.01, 0.005  # seconds
CEILING = 10 ** (-1 / 20)
BLOCK = 65_536  # frames
BOUNDARY = "take"
HEAD = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="audio"; filename="take.wav"\r\nContent-Type: audio/wav\r\n\r\n'
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()


class Take(NamedTuple):
    """A take's file and what is in it."""

    data: bytes
    samples: np.ndarray  # float32, (n,)
    rate: int  # Hz
    width: int  # bytes a sample: 2 or 3


class CheckedTakes:
    """Converts takes into a folder; used from several threads, each with a connection of its own."""

    def __init__(self, folder: Path, port: int, ledger: GroupCommit) -> None:
        self._folder, self._port, self._ledger = folder, port, ledger
        self._own = threading.local()

    def convert(self, path: Path) -> None:
        """Do all of it."""
        take = _read(path)
        digest = hashlib.sha256(take.data).hexdigest()
        silences = _silences(take)
        wanted, peak = loudness(take.samples, take.rate), true_peak(take.samples, take.rate)
        self._ledger.note(path.name, f"queued {digest}")
        self._ledger.note(path.name, "sent")
        answer = self._send(take.data)
        kept = self._folder / f"{path.name}.answer"
        _write(kept, answer)
        self._ledger.note(path.name, "received")
        samples = _placed(_decoded(answer, take.rate), take)
        _level(samples, take.rate, wanted, peak)
        for start, stop in silences:
            samples[start:stop] = 0
        self._publish(path.name, take, samples)
        kept.unlink()
        self._ledger.note(path.name, "done")

    def _send(self, data: bytes) -> bytes:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection("127.0.0.1", self._port)
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.putrequest("POST", "/v1/speech-to-speech/ada?output_format=wav_48000")
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(len(HEAD) + len(data) + len(TAIL)))
        connection.endheaders()
        for part in (HEAD, data, TAIL):
            connection.send(part)
        response = connection.getresponse()
        answer: bytes = response.read()
        if response.status != 200:
            raise SystemExit(f"the server answers {response.status}")
        return answer

    def _publish(self, name: str, take: Take, samples: np.ndarray) -> None:
        packed, begin = _packed(samples, take.width), _data_at(take.data)
        whole = b"".join((take.data[:begin], packed, take.data[begin + len(packed) :]))
        part = self._folder / f".{name}.part"
        if _write(part, whole) != whole:
            raise SystemExit(f"{name} reads back otherwise")
        self._ledger.note(name, f"publishing {hashlib.sha256(packed).hexdigest()}")
        part.rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _read(path: Path) -> Take:
    data = path.read_bytes()
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return Take(data, file.read(dtype="float32"), file.samplerate, {"PCM_16": 2, "PCM_24": 3}[file.subtype])


def _silences(take: Take) -> list[tuple[int, int]]:
    """Runs of zeros that are long enough to be meant."""
    edges = np.flatnonzero(np.diff((take.samples == 0).astype(np.int8), prepend=0, append=0))
    runs = edges.reshape(-1, 2)
    return [(start, stop) for start, stop in runs.tolist() if stop - start >= LEAST_SILENCE * take.rate]


def _decoded(answer: bytes, rate: int) -> np.ndarray:
    with soundfile.SoundFile(io.BytesIO(answer)) as file:
        samples: np.ndarray = file.read(dtype="float32")
        return samples if file.samplerate == rate else soxr.resample(samples, file.samplerate, rate, "HQ")


def _placed(answer: np.ndarray, take: Take) -> np.ndarray:
    """The answer moved to its place, at the take's length, with short fades where it begins or ends inside."""
    late, alike = lag(take.samples, answer, take.rate)
    move = round(late * take.rate) if abs(late) >= LEAST_MOVE and alike > LEAST_ALIKE else 0
    placed = np.zeros(len(take.samples), np.float32)
    start, stop = max(0, -move), min(len(placed), len(answer) - move)
    placed[start:stop] = answer[start + move : stop + move]
    ramp = np.linspace(0, 1, min(int(FADE * take.rate), max(0, stop - start)), dtype=np.float32)
    if start > 0:
        placed[start : start + len(ramp)] *= ramp
    if stop < len(placed):
        placed[stop - len(ramp) : stop] *= ramp[::-1]
    return placed


def _level(samples: np.ndarray, rate: int, wanted: float, peak: float) -> None:
    """Bring samples to a loudness in LUFS, in place, but not above -1 dB or the take's own peak."""
    now, highest = loudness(samples, rate), true_peak(samples, rate)
    if np.isfinite(wanted) and np.isfinite(now) and highest > 0:
        gain = min(10 ** ((wanted - now) / 20), max(CEILING, min(1.0, peak)) / highest)
        samples *= np.float32(gain)


def _packed(samples: np.ndarray, width: int) -> bytes:
    """Little-endian PCM of 2 or 3 bytes, by blocks that stay in the processor's cache."""
    full = 2 ** (8 * width - 1)
    packed = np.empty((len(samples), width), np.uint8)
    for start in range(0, len(samples), BLOCK):
        scaled = samples[start : start + BLOCK] * np.float32(full)
        whole = np.clip(np.rint(scaled, out=scaled), -full, full - 1, out=scaled).astype("<i4")
        packed[start : start + BLOCK] = whole.view(np.uint8).reshape(-1, 4)[:, :width]
    return packed.tobytes()


def _data_at(wav: bytes) -> int:
    """Where the samples of a RIFF file begin."""
    at = 12
    while wav[at : at + 4] != b"data":
        size = int.from_bytes(wav[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    return at + 8


def _write(path: Path, data: bytes) -> bytes:
    """Write a file to disk; returns what it then holds."""
    with path.open("w+b", buffering=0) as file:
        file.write(data)
        os.fsync(file.fileno())
        file.seek(0)
        return file.read()
