"""Markers, regions and loops of a WAV (cue, plst, LIST adtl, smpl: Microsoft and IBM 1991, RIFF MCI; r64m: EBU Tech 3306).

What lies in an excerpt is moved, a region that reaches into it is shortened, everything outside is left out. Pure.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

from takevoice.audio.containers.payload import ByteOrder
from takevoice.audio.containers.span import Span

_ARROWS = {"little": "<", "big": ">"}
_CUE, _SEGMENT, _SAMPLER, _LOOP, _LONG_MARKER = 24, 12, 36, 24, 320  # bytes of an entry, and of the start of smpl
_BY_ID = (b"labl", b"note", b"ltxt", b"file")
"""Those of LIST adtl that begin with the number of a cue point."""


class CuePoints:
    """The cue points of a file, and what its other chunks say about them."""

    def __init__(self, cues: Sequence[bytes], lists: Sequence[bytes], span: Span, order: ByteOrder) -> None:
        """`cues` and `lists` are the contents of all chunks named cue and LIST (of type adtl)."""
        self._span, self._arrow = span, _ARROWS[order]
        self._places = {number: at for cue in cues for number, at, _ in self._entries(cue)}
        regions = (
            struct.unpack_from(f"{self._arrow}II", content)
            for each in lists
            for name, content in self._sublist(each)
            if name == b"ltxt" and len(content) >= 8
        )
        self._kept = {number for number, at in self._places.items() if span.position(at) is not None}
        self._kept |= {number for number, length in regions if self._region(number, length) is not None}

    def moved_cue(self, cue: bytes) -> bytes | None:
        """Return the chunk with the points that are left; None if there are none."""
        entries = [self._moved_entry(entry) for number, _, entry in self._entries(cue) if number in self._kept]
        return struct.pack(f"{self._arrow}I", len(entries)) + b"".join(entries) if entries else None

    def moved_playlist(self, playlist: bytes) -> bytes | None:
        """Return the chunk plst with the segments that are left; None if there are none."""
        count = _count(playlist, 4, _SEGMENT, self._arrow)
        layout = struct.Struct(f"{self._arrow}III")
        segments = [layout.unpack_from(playlist, 4 + _SEGMENT * number) for number in range(count)]
        kept = [
            (number, region[1], times)
            for number, length, times in segments
            if (region := self._region(number, length)) is not None
        ]
        return struct.pack(f"{self._arrow}I", len(kept)) + b"".join(layout.pack(*each) for each in kept) if kept else None

    def moved_labels(self, labels: bytes) -> bytes | None:
        """Return the content of a LIST of type adtl with what is left of it; None if nothing is."""
        kept = b""
        for name, content in self._sublist(labels):
            left = self._label(name, content)
            if left is not None:
                kept += name + struct.pack(f"{self._arrow}I", len(left)) + left + b"\0" * (len(left) % 2)
        return labels[:4] + kept if kept else None

    def _label(self, name: bytes, content: bytes) -> bytes | None:
        """Return a label, note or text; None if its cue point is left out."""
        if name not in _BY_ID or len(content) < 4:
            return content
        number = int.from_bytes(content[:4], "little" if self._arrow == "<" else "big")
        if number in self._places and number not in self._kept:
            return None
        if name != b"ltxt" or len(content) < 8 or number not in self._places:
            return content
        (length,) = struct.unpack_from(f"{self._arrow}I", content, 4)
        region = self._region(number, length)
        return content[:4] + struct.pack(f"{self._arrow}I", region[1] if region else 0) + content[8:]

    def _region(self, number: int, length: int) -> tuple[int, int] | None:
        at = self._places.get(number)
        return None if at is None else self._span.region(at, length)

    def _entries(self, cue: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Yield number, position in frames, and all bytes of each point; many programs set one of its two positions only."""
        for place in range(_count(cue, 4, _CUE, self._arrow)):
            entry = cue[4 + _CUE * place : 4 + _CUE * (place + 1)]
            number, played_at, _, _, _, sample = struct.unpack(f"{self._arrow}II4sIII", entry)
            yield number, sample or played_at, entry

    def _moved_entry(self, entry: bytes) -> bytes:
        number, played_at, chunk, _, _, sample = struct.unpack(f"{self._arrow}II4sIII", entry)
        first = self._span.first
        moved = max(0, played_at - first), max(0, sample - first)
        return struct.pack(f"{self._arrow}II4sIII", number, moved[0], chunk, 0, 0, moved[1])

    def _sublist(self, labels: bytes) -> Iterator[tuple[bytes, bytes]]:
        at = 4
        while at + 8 <= len(labels):
            name, size = struct.unpack_from(f"{self._arrow}4sI", labels, at)
            yield name, labels[at + 8 : at + 8 + size]
            at += 8 + size + size % 2


def moved_sampler(sampler: bytes, span: Span, order: ByteOrder) -> bytes:
    """Return the chunk smpl with the loops that lie in the excerpt as a whole, and without an SMPTE offset."""
    if len(sampler) < _SAMPLER:
        return sampler
    arrow = _ARROWS[order]
    count = _count(sampler, _SAMPLER, _LOOP, arrow, at=28)
    loops = b""
    for place in range(count):
        loop = sampler[_SAMPLER + _LOOP * place : _SAMPLER + _LOOP * (place + 1)]
        start, end = (span.position(frame) for frame in struct.unpack_from(f"{arrow}II", loop, 8))
        if start is not None and end is not None:
            loops += loop[:8] + struct.pack(f"{arrow}II", start, end) + loop[16:]
    head = bytearray(sampler[:_SAMPLER])
    if span.first:
        head[20:28] = bytes(8)
    head[28:32] = struct.pack(f"{arrow}I", len(loops) // _LOOP)
    return bytes(head) + loops + sampler[_SAMPLER + _LOOP * count :]


def moved_long_markers(markers: bytes, span: Span) -> bytes | None:
    """Return the chunk r64m of an RF64 with the markers that are left; None if there are none."""
    kept = b""
    for place in range(len(markers) // _LONG_MARKER):
        entry = markers[_LONG_MARKER * place : _LONG_MARKER * (place + 1)]
        at = span.position(int.from_bytes(entry[4:12], "little"))
        if at is not None:
            # The two positions behind it are those of compressed frames.
            kept += entry[:4] + at.to_bytes(8, "little") + bytes(16) + entry[28:]
    return kept or None


def _count(content: bytes, start: int, size: int, arrow: str, at: int = 0) -> int:
    """Return the number of whole entries behind `start`, at most as many as stored at `at`."""
    if len(content) < start:
        return 0
    (stored,) = struct.unpack_from(f"{arrow}I", content, at)
    return min(int(stored), (len(content) - start) // size)
