"""MPEG audio streams, Layer III (ISO 11172-3, 13818-3): their frames and the tags around them, never decoded.

The tag in the first frame is that of Xing; LAME added the delay of the encoder and the padding at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from takevoice.audio.containers.tags_behind import end_of_audio

MPEG_1, MPEG_2, MPEG_2_5 = 3, 2, 0  # the version as stored
_SAMPLE_RATES = {MPEG_1: (44_100, 48_000, 32_000), MPEG_2: (22_050, 24_000, 16_000), MPEG_2_5: (11_025, 12_000, 8_000)}
RATES_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
"""Bit rates of MPEG-1 in kbit/s."""
RATES_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
"""Bit rates of MPEG-2 and 2.5 in kbit/s."""
DECODER_DELAY = 529
"""Samples by which every decoder of Layer III delays the sound (the filter bank's 528, and 1)."""
_SEARCHED = 1 << 16  # bytes in which a frame must begin
_FRAMES, _BYTES, _INDEX, _QUALITY = 1, 2, 4, 8  # flags of a Xing tag: it holds the number, or the table
_KNOWN = (b"LAME", b"Lavf", b"Lavc")  # encoders that store the delay and the padding, for ffmpeg too


@dataclass(frozen=True)
class FrameHeader:
    """The first four bytes of a frame."""

    raw: bytes
    version: int
    sample_rate: int  # Hz
    mono: bool
    size: int  # bytes, with the header

    @property
    def samples(self) -> int:
        """Samples per channel in a frame."""
        return 1152 if self.version == MPEG_1 else 576

    @property
    def side_info(self) -> int:
        """Bytes between the header and the data; a Xing tag follows them."""
        if self.version == MPEG_1:
            return 17 if self.mono else 32
        return 9 if self.mono else 17

    def is_like(self, other: FrameHeader) -> bool:
        """Return True if both can be frames of one stream."""
        return (self.version, self.sample_rate, self.mono) == (other.version, other.sample_rate, other.mono)


@dataclass(frozen=True)
class Stream:
    """Where the frames of a file are, in bytes, and what the tag in the first one states."""

    start: int  # of the first frame
    end: int  # of the audio: tags may follow
    first: FrameHeader
    tag_frames: int | None = None  # frames, without that of the tag; None: there is no such tag
    tag_bytes: int | None = None  # of the stream, with the frame of the tag
    has_other_tag: bool = False  # the first frame holds no audio, and does not state the number of frames either
    tells_delay: bool = False  # the tag also states what the encoder has added at both ends

    @property
    def is_tagged(self) -> bool:
        """Return True if the number of frames is stated."""
        return self.tag_frames is not None

    @property
    def audio_start(self) -> int:
        """The first frame with audio."""
        return self.start + (self.first.size if self.is_tagged or self.has_other_tag else 0)


def parse_header(raw: bytes) -> FrameHeader | None:
    """Return the header of a Layer III frame; None for other bytes, and for a free bit rate."""
    if len(raw) < 4 or raw[0] != 0xFF or raw[1] & 0xE6 != 0xE2:
        return None
    version, rate, frequency = raw[1] >> 3 & 3, raw[2] >> 4, raw[2] >> 2 & 3
    if version not in _SAMPLE_RATES or not 1 <= rate <= 14 or frequency == 3:
        return None
    sample_rate = _SAMPLE_RATES[version][frequency]
    bit_rate = (RATES_1 if version == MPEG_1 else RATES_2)[rate - 1] * 1000
    slots = 144 if version == MPEG_1 else 72
    return FrameHeader(
        raw[:4], version, sample_rate, raw[3] >> 6 == 3, slots * bit_rate // sample_rate + (raw[2] >> 1 & 1)
    )


def id3v2_size(head: bytes) -> int:
    """Return the size in bytes of the ID3v2 tag that begins with these 10 bytes; 0 if there is none."""
    if len(head) < 10 or head[:3] != b"ID3" or max(head[6:10]) > 0x7F:
        return 0
    size = 0
    for seven_bits in head[6:10]:
        size = size << 7 | seven_bits
    return 10 + size + (10 if head[5] & 0x10 else 0)


def read_stream(file: BinaryIO) -> Stream | None:
    """Return where the frames of a file are; None if it has none where they should be."""
    start, end = end_of_id3v2(file), end_of_audio(file)
    file.seek(start)
    window = file.read(min(_SEARCHED, max(0, end - start)))
    at = window.find(b"\xff")
    while at >= 0:
        first = parse_header(window[at : at + 4])
        if first is not None and _is_followed(file, start + at, end, first):
            return _with_tag(file, start + at, end, first)
        at = window.find(b"\xff", at + 1)
    return None


def count_frames(file: BinaryIO, stream: Stream) -> int:
    """Return the number of whole frames with audio; bytes between two frames are skipped."""
    return walk_frames(file, stream)[0]


def walk_frames(file: BinaryIO, stream: Stream) -> tuple[int, int]:
    """Return the number of whole frames with audio, and how many bytes of another one at the end are missing."""
    at, count = stream.audio_start, 0
    file.seek(at)
    while at + 4 <= stream.end:
        header = parse_header(file.read(4))
        if header is None or not header.is_like(stream.first):
            found = _next_frame(file, at + 1, stream)
            if found is None:
                break
            at = found
            file.seek(at)
            continue
        at += header.size
        if at > stream.end:
            return count, at - stream.end
        count += 1
        file.seek(at)
    return count, 0


def counted_start(first: FrameHeader, frames: int, size: int) -> bytes:
    """Return two frames to put before the audio of a stream whose number of frames is not stated.

    The first one has a tag that states the number. A decoder that reads it (mpg123, as used by libsndfile) also removes
    its own delay at the beginning: the second frame is silence, of which just that much is removed in all.
    """
    # The highest bit rate and no checksum: the frame is long enough for the tag.
    raw = bytes([0xFF, first.raw[1] | 1, 14 << 4 | first.raw[2] & 0x0C, first.raw[3]])
    header = parse_header(raw)
    assert header is not None
    silence = (raw + bytes(header.side_info)).ljust(header.size, b"\0")
    delay, padding = first.samples - DECODER_DELAY, DECODER_DELAY
    tag = b"Info" + bytes([0, 0, 0, _FRAMES | _BYTES]) + (frames + 1).to_bytes(4, "big")
    tag += (size + 2 * header.size & 0xFFFFFFFF).to_bytes(4, "big")
    tag += b"LAME3.100".ljust(21, b"\0") + (delay << 12 | padding).to_bytes(3, "big")
    return (raw + bytes(header.side_info) + tag).ljust(header.size, b"\0") + silence


def end_of_id3v2(file: BinaryIO) -> int:
    """Return where the ID3v2 tags at the beginning end, in bytes."""
    at = 0
    for _ in range(100):  # some programs write one tag before another
        file.seek(at)
        size = id3v2_size(file.read(10))
        if not size:
            break
        at += size
    return at


def _is_followed(file: BinaryIO, at: int, end: int, first: FrameHeader) -> bool:
    """Return True if another frame follows, or nothing does."""
    if at + first.size >= end:
        return at + first.size == end
    file.seek(at + first.size)
    following = parse_header(file.read(4))
    return following is not None and following.is_like(first)


def _next_frame(file: BinaryIO, at: int, stream: Stream) -> int | None:
    file.seek(at)
    window = file.read(min(_SEARCHED, max(0, stream.end - at)))
    place = window.find(b"\xff")
    while place >= 0:
        header = parse_header(window[place : place + 4])
        if header is not None and header.is_like(stream.first) and _is_followed(file, at + place, stream.end, header):
            return at + place
        place = window.find(b"\xff", place + 1)
    return None


def _with_tag(file: BinaryIO, start: int, end: int, first: FrameHeader) -> Stream:
    file.seek(start)
    frame = file.read(first.size)
    if frame[36:40] == b"VBRI":  # of Fraunhofer's encoder
        return Stream(start, end, first, has_other_tag=True)
    tag = frame[4 + first.side_info :]
    if tag[:4] not in (b"Xing", b"Info"):
        return Stream(start, end, first)
    flags = int.from_bytes(tag[4:8], "big")
    if not flags & _FRAMES:
        return Stream(start, end, first, has_other_tag=True)
    size = int.from_bytes(tag[12:16], "big") if flags & _BYTES else None
    at = 12 + (4 if flags & _BYTES else 0) + (100 if flags & _INDEX else 0) + (4 if flags & _QUALITY else 0)
    tells_delay = tag[at : at + 4] in _KNOWN
    return Stream(start, end, first, int.from_bytes(tag[8:12], "big"), size, tells_delay=tells_delay)
