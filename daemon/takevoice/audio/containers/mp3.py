"""MP3: another stream between the tags of the original."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from takevoice.audio.containers import id3
from takevoice.audio.containers.chunks import file_size, read_range
from takevoice.audio.containers.container import COMPLETE, NO_DATA, Container, fits
from takevoice.audio.containers.mpeg import (
    MPEG_1,
    MPEG_2_5,
    RATES_1,
    RATES_2,
    Stream,
    count_frames,
    counted_start,
    end_of_id3v2,
    id3v2_size,
    parse_header,
    read_stream,
    walk_frames,
)
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.errors import UnsupportedAudio
from takevoice.settled import Completeness
from takevoice.system import place

MIN_FRAMES = 1152
"""Samples per channel: of shorter streams, some decoders do not remove the encoder's padding."""


_MIN_TAGGED = 208  # bytes: LAME writes no tag into a shorter frame
_SCALES = ((160, 0.95), (192, 0.97), (224, 0.98))
"""The factor that LAME applies (presets.c), at bit rates up to that in kbit/s; at higher ones there is none."""


class Mp3(Container):
    """MPEG-1, 2 and 2.5 Layer III."""

    name = "MP3"
    suffixes = frozenset({".mp3"})
    stores_samples = False
    seeks_exactly = False

    def recognizes(self, head: bytes) -> bool:
        """Return True for a frame of Layer III, and for an ID3v2 tag."""
        return id3v2_size(head[:10]) > 0 or parse_header(head) is not None

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the size that the tag in the first frame states with that of the file; without one, it cannot tell."""
        stream = read_stream(file)
        if stream is None:
            return NO_DATA
        if stream.tag_frames is None or stream.tag_bytes is None:
            return Completeness(None)
        whole = fits(file, stream.start + stream.tag_bytes)
        # Some programs state the size with or without the tags around the stream.
        return COMPLETE if whole.complete or count_frames(file, stream) >= stream.tag_frames else whole

    def open_stand_in(self, path: Path) -> io.RawIOBase | None:
        """Open a stream without the number of its frames as one that states it: libsndfile only estimates it.

        So is one whose tag does not tell the delay of the encoder: libsndfile removes that of a decoder all the same.

        Raises:
            UnsupportedAudio: there is more than libsndfile would read, such as several streams that follow each other.
        """
        with place.open_file(path, "rb") as file:
            stream = read_stream(file)
            if stream is None:
                return None
            if stream.is_tagged:
                _check_single(file, stream, path)
            if stream.tells_delay:
                _check_count(file, stream, path)
                return None
            frames, missing = walk_frames(file, stream)
        return _Tagged(path, stream, frames, missing)

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Write the encoded stream between the original's tags, with the provenance in the first one."""
        assert payload.encoded is not None
        original, encoded = read_stream(source), read_stream(payload.encoded)
        if original is None or encoded is None:
            raise UnsupportedAudio("contains no frame of MPEG audio")
        tag = _first_tag(source)
        target.write(id3.add_provenance(tag, provenance))
        for file, start, stop in (
            # Other bytes before the first frame are left out: some decoders would then overlook its tag.
            (source, len(tag), end_of_id3v2(source)),
            (payload.encoded, encoded.start, encoded.end),
            (source, original.end, file_size(source)),
        ):
            for block in read_range(file, start, stop):
                target.write(block)

    def read_provenance(self, file: BinaryIO) -> Provenance | None:
        """Return the provenance in the ID3v2 tag."""
        return id3.provenance_in(_first_tag(file))

    def encoding(self, path: Path) -> Mapping[str, Any]:
        """Return the options of soundfile for a constant bit rate that is at least the average of the file's."""
        found = _bit_rate(path)
        if found is None:
            return {}
        wanted, lowest, highest = found
        # libsndfile, mpeg_l3_encode.c: the level is the place between the highest rate and the lowest.
        return {"bitrate_mode": "CONSTANT", "compression_level": (highest - wanted) / (highest - lowest)}

    def encoding_gain(self, path: Path) -> float:
        """Return what makes up for LAME: at constant bit rates it lowers the level, so that less is clipped."""
        found = _bit_rate(path)
        return 1.0 if found is None else 1 / next((scale for rate, scale in _SCALES if found[0] <= rate), 1.0)


def _bit_rate(path: Path) -> tuple[int, int, int] | None:
    """Return the bit rate of a result, and the lowest and highest that libsndfile offers, in kbit/s; None without a stream."""
    with place.open_file(path, "rb") as file:
        stream = read_stream(file)
        if stream is None:
            return None
        frames = stream.tag_frames or count_frames(file, stream)
    seconds = max(1, frames) * stream.first.samples / stream.first.sample_rate
    average = (stream.end - stream.audio_start) * 8 / 1000 / seconds
    rates = RATES_1 if stream.first.version == MPEG_1 else RATES_2
    highest = 64 if stream.first.version == MPEG_2_5 else rates[-1]
    least = _MIN_TAGGED * 8 * stream.first.sample_rate / stream.first.samples / 1000
    wanted = next((rate for rate in rates[1:] if rate >= min(max(average * 0.99, least), highest)), highest)
    return wanted, rates[0], highest


def _first_tag(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(10)
    size = id3v2_size(head)
    return head + file.read(size - 10) if size else b""


def _check_single(file: BinaryIO, stream: Stream, path: Path) -> None:
    if stream.tag_bytes is None:
        return
    file.seek(stream.start + stream.tag_bytes)
    following = parse_header(file.read(4)) if stream.start + stream.tag_bytes + 4 <= stream.end else None
    if following is not None and following.is_like(stream.first):
        raise UnsupportedAudio(
            "holds several MP3 streams one after the other",
            where=str(path),
            hint=f'`ffmpeg -i "{path.name}" "{path.stem}.wav"` makes one WAV of them',
        )


def _check_count(file: BinaryIO, stream: Stream, path: Path) -> None:
    """Raise UnsupportedAudio for a tag that states fewer frames than there are; frames are counted if its size is wrong."""
    if stream.tag_frames is None:
        return
    stated = stream.start + stream.tag_bytes if stream.tag_bytes is not None else None
    if stated is not None and abs(stream.end - stated) <= stream.first.size:
        return
    found = count_frames(file, stream)
    if found > stream.tag_frames + 1:  # some encoders also count the frame with the tag, or do not
        raise UnsupportedAudio(
            f"is an MP3 that holds {found} frames, of which its header states {stream.tag_frames}",
            where=str(path),
            hint=f'`ffmpeg -i "{path.name}" "{path.stem}.wav"` makes one WAV of them',
        )


class _Tagged(io.RawIOBase):
    """The frames of a file behind one that states their number; zeros stand for `missing` bytes of a last frame."""

    def __init__(self, path: Path, stream: Stream, frames: int, missing: int) -> None:
        self._start, self._end = stream.audio_start, stream.end
        self._size = stream.end - stream.audio_start + missing
        self._tag = counted_start(stream.first, frames + bool(missing), self._size)
        self._at = 0
        self._file = place.open_file(path, "rb")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._tag) + self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = len(memoryview(buffer))
        data = self._tag[self._at : self._at + wanted]
        rest = min(wanted - len(data), len(self._tag) + self._size - self._at - len(data))
        if rest > 0:
            at = self._start + self._at + len(data) - len(self._tag)
            self._file.seek(at)
            data += self._file.read(min(rest, max(0, self._end - at))).ljust(rest, b"\0")
        memoryview(buffer).cast("B")[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
