"""Samples as bytes in any output format of the API, as they are made where the codec allows it.

PCM and WAV are written here, for their length is known before; mu-law, A-law, Opus and MP3 by soundfile. It goes back
in MP3 alone, to put the length into the first frame: that frame is ours instead, for the length is known before.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import soundfile
import soxr

from takevoice import OUTPUT_FORMATS, OutputFormat
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mp3_info import info_frame, own_frame

MOST_RIFF = (1 << 32) - 1 - 128
PCM, FLOAT = 1, 3  # format tags of WAVE
_SUBTYPES = {"ulaw": "ULAW", "alaw": "ALAW"}


def encode(blocks: Iterable[Samples], sample_rate: int, frames: int, output_format: str) -> Iterator[bytes]:
    """Mono blocks of `frames` samples in all as one stream of bytes.

    "auto" is a float32 WAV at `sample_rate`; the others are the API's: their rate, round(frames * rate / sample_rate) long.
    """
    if output_format == "auto":
        yield wav_header(frames, sample_rate, FLOAT, 4)
        for block in blocks:
            yield block.astype("<f4").tobytes()
        return
    wanted = OUTPUT_FORMATS[output_format]
    length = frames_at(frames, sample_rate, wanted.sample_rate)
    resampled = at_rate(blocks, sample_rate, wanted.sample_rate, length)
    if wanted.codec in ("pcm", "wav"):
        if wanted.codec == "wav":
            yield wav_header(length, wanted.sample_rate, PCM, 2)
        for block in resampled:
            yield np.rint(block * 32767).astype("<i2").tobytes()
    elif wanted.codec == "mp3" and wanted.kbps is not None:
        yield info_frame(wanted.sample_rate, wanted.kbps, length)
        yield from _encode_as_made(resampled, wanted, own_frame(wanted.sample_rate, wanted.kbps))
    else:
        yield from _encode_as_made(resampled, wanted)


def frames_at(frames: int, sample_rate: int, wanted: int) -> int:
    """The length of `frames` at another rate: rounded, at least one frame if there are any."""
    return max(min(1, frames), (2 * frames * wanted + sample_rate) // (2 * sample_rate))


def at_rate(blocks: Iterable[Samples], sample_rate: int, wanted: int, length: int) -> Iterator[Samples]:
    """The blocks at another rate, within full scale, `length` frames in all."""
    left = length
    for block in _resampled(blocks, sample_rate, wanted):
        piece = np.clip(block[:left], -1.0, 1.0)
        left -= len(piece)
        if len(piece):
            yield piece
    if left:
        yield np.zeros(left)


def _resampled(blocks: Iterable[Samples], sample_rate: int, wanted: int) -> Iterator[Samples]:
    if wanted == sample_rate:
        yield from blocks
        return
    stream = soxr.ResampleStream(sample_rate, wanted, 1, "float64", "HQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros(0), last=True)


def wav_header(frames: int, sample_rate: int, tag: int, width: int) -> bytes:
    """The head of a mono WAV of that length; RF64 (EBU Tech 3306) where RIFF cannot tell it. `width` is in bytes."""
    size = frames * width
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, 1, sample_rate, sample_rate * width, width, width * 8)
    fact = struct.pack("<4sII", b"fact", 4, min(frames, 0xFFFFFFFF)) if tag == FLOAT else b""
    rest = 4 + len(form) + len(fact) + 8 + size + size % 2
    if rest <= MOST_RIFF:
        return (
            struct.pack("<4sI4s", b"RIFF", rest, b"WAVE") + form + fact + struct.pack("<4sI", b"data", size)
        )
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, rest + 36, size, frames, 0)
    head = struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE")
    return head + sizes + form + fact + struct.pack("<4sI", b"data", 0xFFFFFFFF)


class _Pipe(io.RawIOBase):
    """A file that soundfile writes from front to back, and that is emptied meanwhile.

    Its first `left_out` bytes are left out, and so is what is written over them later.
    """

    def __init__(self, left_out: int) -> None:
        self._waiting = bytearray()
        self._left_out = left_out
        self._position = self._size = 0

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        end = self._position + len(piece)
        if self._position == self._size:
            self._waiting += piece[max(0, self._left_out - self._position) :]
            self._size = end
        elif end > self._left_out:
            raise io.UnsupportedOperation("this format goes back")
        self._position = end
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """What came since the last time."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece


def _encode_as_made(blocks: Iterable[Samples], wanted: OutputFormat, left_out: int = 0) -> Iterator[bytes]:
    pipe = _Pipe(left_out)
    with _writer(wanted)(pipe) as file:
        for block in blocks:
            file.write(block)
            if piece := pipe.take():
                yield piece
    yield pipe.take()


def _writer(wanted: OutputFormat) -> Callable[[object], soundfile.SoundFile]:
    """Opens a file object for a codec, with the setting of libsndfile that gives the bit rate."""
    rate, kbps = wanted.sample_rate, wanted.kbps
    if wanted.codec == "mp3" and kbps is not None:
        # LAME's range of bit rates: MPEG-1 from 32 kHz up, MPEG-2 below.
        low, high = (32, 320) if rate >= 32_000 else (8, 160)
        level = min(0.9999, (high - kbps) / (high - low))
        return lambda file: soundfile.SoundFile(
            file,
            "w",
            rate,
            1,
            "MPEG_LAYER_III",
            None,
            "MP3",
            compression_level=level,
            bitrate_mode="CONSTANT",
        )
    if wanted.codec == "opus" and kbps is not None:
        return lambda file: soundfile.SoundFile(
            file, "w", rate, 1, "OPUS", None, "OGG", compression_level=(256 - kbps) / 250
        )
    return lambda file: soundfile.SoundFile(file, "w", rate, 1, _SUBTYPES[wanted.codec], "FILE", "RAW")
