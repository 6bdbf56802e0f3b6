"""Streaming encoders for every output format of the API.

PCM and WAV are written here; mu-law, A-law, Opus and MP3 by soundfile. Only for MP3 does soundfile seek back, to
write the length into the first frame. That frame is written here instead, as the length is known beforehand.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import soundfile

from takevoice import OUTPUT_FORMATS, OutputFormat, make_resampler
from takevoice_plugins.local.arrays import Samples
from takevoice_plugins.local.mp3_info import info_frame, own_frame

MAX_RIFF = (1 << 32) - 1 - 128
PCM, FLOAT = 1, 3  # format tags of WAVE
_SUBTYPES = {"ulaw": "ULAW", "alaw": "ALAW"}


def encode(blocks: Iterable[Samples], sample_rate: int, frames: int, output_format: str) -> Iterator[bytes]:
    """Encode mono blocks of `frames` samples in total. While blocks are empty, so are the bytes.

    `output_format` is "auto", a float32 WAV at `sample_rate`, or a format of the API with its own rate: then the
    result has round(frames * rate / sample_rate) frames.
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
        yield from _encode_streaming(resampled, wanted, own_frame(wanted.sample_rate, wanted.kbps))
    else:
        yield from _encode_streaming(resampled, wanted)


def frames_at(frames: int, sample_rate: int, wanted: int) -> int:
    """Return the length of `frames` at the rate `wanted`: rounded, and at least 1 unless `frames` is 0."""
    return max(min(1, frames), (2 * frames * wanted + sample_rate) // (2 * sample_rate))


def at_rate(blocks: Iterable[Samples], sample_rate: int, wanted: int, length: int) -> Iterator[Samples]:
    """Resample blocks and clip them to full scale; `length` frames in total, padded with zeros if needed."""
    left = length
    for block in _resampled(blocks, sample_rate, wanted):
        piece = np.clip(block[:left], -1.0, 1.0)
        left -= len(piece)
        yield piece
    if left:
        yield np.zeros(left)


def _resampled(blocks: Iterable[Samples], sample_rate: int, wanted: int) -> Iterator[Samples]:
    if wanted == sample_rate:
        yield from blocks
        return
    resampler = make_resampler(sample_rate, wanted)
    for block in blocks:
        yield resampler.process(block)
    yield resampler.process(np.zeros(0), last=True)


def wav_header(frames: int, sample_rate: int, tag: int, width: int) -> bytes:
    """Return the header of a mono WAV; RF64 (EBU Tech 3306) above the size limit of RIFF.

    `tag` is PCM or FLOAT, `width` the bytes per sample.
    """
    size = frames * width
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, 1, sample_rate, sample_rate * width, width, width * 8)
    fact = struct.pack("<4sII", b"fact", 4, min(frames, 0xFFFFFFFF)) if tag == FLOAT else b""
    rest = 4 + len(form) + len(fact) + 8 + size + size % 2
    if rest <= MAX_RIFF:
        return (
            struct.pack("<4sI4s", b"RIFF", rest, b"WAVE") + form + fact + struct.pack("<4sI", b"data", size)
        )
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, rest + 36, size, frames, 0)
    head = struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE")
    return head + sizes + form + fact + struct.pack("<4sI", b"data", 0xFFFFFFFF)


class _StreamingFile(io.RawIOBase):
    """A write-only file whose content is taken out while soundfile writes it from start to end.

    The first `skipped` bytes are dropped, also when they are overwritten later.
    """

    def __init__(self, skipped: int) -> None:
        self._waiting = bytearray()
        self._skipped = skipped
        self._position = self._size = 0

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        end = self._position + len(piece)
        if self._position == self._size:
            self._waiting += piece[max(0, self._skipped - self._position) :]
            self._size = end
        elif end > self._skipped:
            raise io.UnsupportedOperation("this format overwrites earlier bytes")
        self._position = end
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """Return the bytes written since the last call."""
        piece = bytes(self._waiting)
        self._waiting.clear()
        return piece


def _encode_streaming(blocks: Iterable[Samples], wanted: OutputFormat, skipped: int = 0) -> Iterator[bytes]:
    pipe = _StreamingFile(skipped)
    with _writer(wanted)(pipe) as file:
        for block in blocks:
            file.write(block)
            yield pipe.take()
    yield pipe.take()


def _writer(wanted: OutputFormat) -> Callable[[object], soundfile.SoundFile]:
    """Return a function that opens a file object for writing with the codec and bit rate of `wanted`."""
    rate, kbps = wanted.sample_rate, wanted.kbps
    if wanted.codec == "mp3" and kbps is not None:
        # libsndfile maps the compression level to LAME's bit rates: MPEG-1 from 32 kHz up, MPEG-2 below.
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
