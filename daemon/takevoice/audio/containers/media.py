"""Compressed takes and videos that the user's ffmpeg reads: what they are, and whether they are complete.

Results of these are never in the same container, so there is nothing to copy.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, ClassVar

from takevoice.audio.containers.chunks import file_size
from takevoice.audio.containers.container import COMPLETE, Container, fits
from takevoice.audio.containers.payload import Payload
from takevoice.audio.containers.provenance import Provenance
from takevoice.audio.decoding import LONGEST, Decoded, decode_take, decoded_files, protected
from takevoice.errors import AudioError, UnsupportedAudio
from takevoice.settled import Completeness
from takevoice.system import place

UNKNOWN = Completeness(None)
MAX_BOXES = 100_000
_HEADER = 1 << 22  # bytes


class Media(Container):
    """A container that ffmpeg reads. `demuxer` is ffmpeg's name: nothing else is tried on a file of this kind."""

    demuxer: ClassVar[str]
    called: ClassVar[str]
    """In errors."""
    magic: ClassVar[tuple[bytes, ...]] = ()
    protection: ClassVar[bytes] = b""
    """Bytes in the header of a file that is protected against copying."""
    stores_samples = False
    stand_in = "W64"
    needs_decoder = True

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with the bytes of this kind."""
        return head.startswith(self.magic)

    def completeness(self, file: BinaryIO) -> Completeness:  # noqa: ARG002 - for subclasses
        """Return that the format cannot tell."""
        return UNKNOWN

    def copy(self, source: BinaryIO, target: BinaryIO, payload: Payload, provenance: Provenance) -> None:
        """Raise UnsupportedAudio."""
        del source, target, payload, provenance
        raise UnsupportedAudio("is in a container that cannot be written back")

    def read_provenance(self, file: BinaryIO) -> Provenance | None:  # noqa: ARG002 - none was ever written
        """Return None."""
        return None

    def subtype(self, path: Path) -> str:
        """Return the sample format of lossless audio, else the codec."""
        return self._decoded(path).subtype

    def start(self, path: Path) -> Fraction | None:
        """Return the start by the timecode of a video."""
        return self._decoded(path).start

    def open_stand_in(self, path: Path) -> io.RawIOBase:
        """Open the decoded audio; raises AudioError, StorageError or Cancelled."""
        return decoded_files().open(path, lambda target, stopped: self.decode(path, target, stopped))

    def _decoded(self, path: Path) -> Decoded:
        return decoded_files().get(path, lambda target, stopped: self.decode(path, target, stopped))

    def decode(
        self, path: Path, target: Path, stopped: Callable[[], bool], longest: float = LONGEST
    ) -> Decoded:
        """Decode the audio, at most `longest` seconds, to `target`, a Wave64 file.

        Raises:
            AudioError, StorageError, Cancelled: as `decode_take`.
        """
        try:
            return decode_take(path, self.demuxer, self.called, target, stopped, longest)
        except AudioError:
            if self.protection and _holds(path, self.protection):
                raise protected(path) from None
            raise


class Mp4(Media):
    """MPEG-4, QuickTime and 3GPP (ISO 14496-12): AAC, ALAC, AMR, PCM."""

    name = "MP4"
    called = "an MP4 file"
    demuxer = "mov"
    protection = b"sinf"  # ISO 14496-12, 8.12.1
    suffixes = frozenset({".m4a", ".m4b", ".m4r", ".mp4", ".mov", ".m4v", ".3gp"})
    video_suffixes = frozenset({".mp4", ".mov", ".m4v", ".3gp"})

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with a box that such files begin with."""
        return head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"pnot")

    def completeness(self, file: BinaryIO) -> Completeness:
        """Walk the boxes: all must be whole, and the index (moov) is written last by most programs."""
        size, at, index, fragmented = file_size(file), 0, False, False
        for _ in range(MAX_BOXES):
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                break
            length, name = int.from_bytes(head[:4], "big"), head[4:8]
            length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - at
            index, fragmented = index or name == b"moov", fragmented or name == b"moof"
            if length < 8:
                break
            if at + length > size:
                return fits(file, at + length)
            at += length
        if not index:
            return Completeness(False, "its index (moov) is not written yet")
        return UNKNOWN if fragmented else COMPLETE


class Matroska(Media):
    """Matroska and WebM (RFC 9559)."""

    name = "MATROSKA"
    called = "a Matroska file"
    demuxer = "matroska"
    magic = (b"\x1aE\xdf\xa3",)
    suffixes = frozenset({".mka", ".weba", ".mkv", ".webm"})
    video_suffixes = frozenset({".mkv", ".webm"})

    def completeness(self, file: BinaryIO) -> Completeness:
        """Compare the size of the segment with that of the file; live recordings do not state it."""
        file.seek(4)
        header = _vint(file)
        if header is None:
            return UNKNOWN
        file.seek(header, 1)
        if file.read(4) != b"\x18S\x80g":
            return UNKNOWN
        segment = _vint(file)
        return UNKNOWN if segment is None else fits(file, file.tell() + segment)


class Asf(Media):
    """Windows Media (ASF)."""

    name = "ASF"
    called = "a Windows Media file"
    demuxer = "asf"
    magic = (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",)
    protection = b"\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e"  # Content Encryption
    suffixes = frozenset({".wma", ".wmv", ".asf"})
    video_suffixes = frozenset({".wmv", ".asf"})


class Avi(Media):
    """AVI."""

    name = "AVI"
    called = "an AVI file"
    demuxer = "avi"
    suffixes = frozenset({".avi"})
    video_suffixes = suffixes

    def recognizes(self, head: bytes) -> bool:
        """Return True for RIFF files of type AVI."""
        return head[:4] == b"RIFF" and head[8:12] == b"AVI "


class Adts(Media):
    """AAC in ADTS frames (ISO 14496-3)."""

    name = "AAC"
    called = "an AAC file"
    demuxer = "aac"
    suffixes = frozenset({".aac"})

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with the head of a frame: twelve bits of sync, layer 0."""
        return len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0


class Amr(Media):
    """AMR, narrow and wide band (RFC 4867)."""

    name = "AMR"
    called = "an AMR file"
    demuxer = "amr"
    magic = (b"#!AMR\n", b"#!AMR-WB\n")
    suffixes = frozenset({".amr", ".awb"})


class WavPack(Media):
    """WavPack."""

    name = "WAVPACK"
    called = "a WavPack file"
    demuxer = "wv"
    magic = (b"wvpk",)
    suffixes = frozenset({".wv"})


class Ape(Media):
    """Monkey's Audio."""

    name = "APE"
    called = "a Monkey's Audio file"
    demuxer = "ape"
    magic = (b"MAC ",)
    suffixes = frozenset({".ape"})


class Tta(Media):
    """True Audio."""

    name = "TTA"
    called = "a True Audio file"
    demuxer = "tta"
    magic = (b"TTA1",)
    suffixes = frozenset({".tta"})


class Ac3(Media):
    """AC-3 (ETSI TS 102 366): bit stream identification up to 10."""

    name = "AC3"
    called = "an AC-3 file"
    demuxer = "ac3"
    suffixes = frozenset({".ac3"})

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with a frame of AC-3."""
        return head[:2] == b"\x0bw" and len(head) > 5 and head[5] >> 3 <= 10


class Eac3(Media):
    """Enhanced AC-3 (ETSI TS 102 366, annex E)."""

    name = "EAC3"
    called = "an E-AC-3 file"
    demuxer = "eac3"
    suffixes = frozenset({".eac3", ".ec3"})

    def recognizes(self, head: bytes) -> bool:
        """Return True if the file begins with a frame of Enhanced AC-3."""
        return head[:2] == b"\x0bw" and len(head) > 5 and 10 < head[5] >> 3 <= 16


MEDIA: tuple[Media, ...] = (
    Mp4(),
    Matroska(),
    Asf(),
    Avi(),
    Adts(),
    Amr(),
    WavPack(),
    Ape(),
    Tta(),
    Ac3(),
    Eac3(),
)
"""One of each."""


def _holds(path: Path, mark: bytes) -> bool:
    """Return True if the bytes are near the beginning or the end of the file, where headers are."""
    with place.open_file(path, "rb") as file:
        if mark in file.read(_HEADER):
            return True
        file.seek(max(0, file_size(file) - _HEADER))
        return mark in file.read()


def _vint(file: BinaryIO) -> int | None:
    """Read a size in EBML's variable length (RFC 8794, 4); None if it is unknown, or the file ends."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    value = int.from_bytes(bytes([first[0] & ((1 << (8 - length)) - 1)]) + rest, "big")
    unknown = value == (1 << (7 * length)) - 1
    return None if unknown or len(rest) < length - 1 else value
