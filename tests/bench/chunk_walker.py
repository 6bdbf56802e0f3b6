"""An own reader of what is not audio in a file, by the published formats and without any of takevoice's code."""

from __future__ import annotations

import struct
from collections import Counter

Part = tuple[bytes, bytes]

AUDIO = {b"data", b"SSND"}
CHANGED = {b"bext", b"iXML", b"PEAK", b"levl", b"MD5 ", b"umid", b"elm1", b"ds64", b"peak", b"fact", b"info", b"JUNK", b"free"}
"""What docs/fidelity.md says is changed, described anew, or made a JUNK chunk."""
DESCRIBING = {b"fmt ", b"fact", b"COMM", b"kuki", b"pakt"}
"""Chunks that describe encoded audio, which is encoded again."""
_PLAIN = (1, 3, 6, 7, 0xFFFE)  # format tags of WAV: PCM, float, A-law, mu-law, extensible
_PLAIN_AIFC = (b"NONE", b"sowt", b"twos", b"raw ", b"fl32", b"FL32", b"fl64", b"FL64", b"in24", b"in32", b"alaw", b"ulaw", b"ALAW", b"ULAW")


def everything_kept(original: bytes, result: bytes) -> tuple[bool | None, list[str]]:
    """Return whether all that has to stay is in the result, and what is not; None for a kind of file not known here."""
    was, now = parts(original), parts(result)
    if was is None or now is None:
        return None, []
    missing = list((Counter(was) - Counter(now)).elements())
    kept = [part for part in now if part in set(was)]
    order = missing or _deduplicated(was) == _deduplicated(kept)
    return not missing and bool(order), [
        f"{name.decode('latin-1')} ({len(content)} bytes) is lost" for name, content in missing
    ] + ([] if order else ["another order"])


def _deduplicated(found: list[Part]) -> list[Part]:
    return list(dict.fromkeys(found))


def parts(data: bytes) -> list[Part] | None:
    """Return (name, content) of everything that is not audio and has to stay, in order."""
    tag = _id3(data)
    if data[tag : tag + 4] == b"fLaC":
        return ([(b"ID3", data[:tag])] if tag else []) + _flac(data, tag)
    if data[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64", b"FORM", b"caff"):
        return _chunks(data)
    if data[:4] == b"OggS":
        return _comments(data)
    if tag or data[:1] == b"\xff":
        return _mp3(data)
    return None


def _chunks(data: bytes) -> list[Part]:
    big, caf, long = data[:4] in (b"FORM", b"RIFX"), data[:4] == b"caff", data[:4] in (b"RF64", b"BW64")
    order, at = (">" if big else "<"), 8 if caf else 12
    head, width = (">4sq", 12) if caf else (f"{order}4sI", 8)
    found: list[Part] = []
    while at + width <= len(data):
        name, size = struct.unpack(head, data[at : at + width])
        if name == b"data" and long and size == 0xFFFFFFFF:
            size = struct.unpack("<Q", data[28:36])[0]
        if name in AUDIO and (size <= 0 or at + width + size > len(data)):
            size = len(data) - at - width
        if size < 0 or not all(32 <= each < 127 for each in name) or at + width + size > len(data):
            break
        found.append((name, data[at + width : at + width + size]))
        at += width + size
        if not caf and size % 2:
            at += not (data[at : at + 1] != b"\0" and _fits(data, at, order) and not _fits(data, at + 1, order))
    rest = data[at:]
    skipped = AUDIO | CHANGED | (DESCRIBING if _is_encoded(found, order) else set())
    return [part for part in found if part[0] not in skipped] + ([(b"rest", rest)] if rest.strip(b"\0") else [])


def _fits(data: bytes, at: int, order: str) -> bool:
    """Return True if there can be a chunk at a position."""
    name, size = data[at : at + 4], data[at + 4 : at + 8]
    return name.strip().isalnum() and len(size) == 4 and at + 8 + struct.unpack(f"{order}I", size)[0] <= len(data)


def _is_encoded(found: list[Part], order: str) -> bool:
    chunks = dict(reversed(found))
    if b"fmt " in chunks and len(chunks[b"fmt "]) >= 2:
        return struct.unpack(f"{order}H", chunks[b"fmt "][:2])[0] not in _PLAIN
    if b"COMM" in chunks:
        return len(chunks[b"COMM"]) >= 22 and chunks[b"COMM"][18:22] not in _PLAIN_AIFC
    return b"desc" in chunks and chunks[b"desc"][8:12] != b"lpcm"


def _id3(data: bytes) -> int:
    """Return the size of an ID3v2 tag at the beginning."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    return 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]) + (10 if data[5] & 0x10 else 0)


def _flac(data: bytes, start: int) -> list[Part]:
    """Return the blocks for applications, cue sheets and pictures, and each comment (RFC 9639, 8)."""
    at, found, last = start + 4, [], False
    while not last and at + 4 <= len(data):
        last, kind = bool(data[at] & 0x80), data[at] & 0x7F
        content = data[at + 4 : at + 4 + int.from_bytes(data[at + 1 : at + 4], "big")]
        at += 4 + len(content)
        if kind == 4:
            found += _fields(content)
        elif kind not in (0, 1, 3):
            found.append((b"block %d" % kind, content))
    return found


def _fields(content: bytes) -> list[Part]:
    """Return the vendor and each comment, but for takevoice's own (Vorbis I, 5.2.1)."""
    found, at = [], 0
    for number in range(1 << 16):
        if number == 1:
            at += 4
        size = int.from_bytes(content[at : at + 4], "little")
        if at + 4 + size > len(content) or at >= len(content):
            break
        text = content[at + 4 : at + 4 + size]
        at += 4 + size
        if number and not text.upper().startswith(b"TAKEVOICE"):
            found.append((b"comment", text))
    return found


def _comments(data: bytes) -> list[Part] | None:
    """Return the comments of an Ogg stream with Vorbis or Opus: those of its second packet (RFC 3533, 6)."""
    at, packets, rest = 0, [], b""
    while len(packets) < 2 and data[at : at + 4] == b"OggS":
        lacing = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(lacing)
        for lace in lacing:
            rest += data[at : at + lace]
            at += lace
            if lace < 255:
                packets.append(rest)
                rest = b""
    if len(packets) < 2 or (packets[1][:8] != b"OpusTags" and packets[1][:7] != b"\x03vorbis"):
        return None
    return _fields(packets[1][8 if packets[1][:8] == b"OpusTags" else 7 :])


def _mp3(data: bytes) -> list[Part]:
    """Return the frames of the ID3v2 tag as far as they are plain (ID3v2.2-4, 4), and the ID3v1 tag."""
    found = [(b"ID3v1", data[-128:])] if data[-128:-125] == b"TAG" else []
    size, version = _id3(data), data[3] if len(data) > 3 else 0
    if not size or data[5] & 0xC0:
        return found
    at, head = 10, 6 if version == 2 else 10
    while at + head <= size and data[at : at + 1] != b"\0":
        raw = data[at + 3 : at + 6] if version == 2 else data[at + 4 : at + 8]
        length = raw[0] << 21 | raw[1] << 14 | raw[2] << 7 | raw[3] if version == 4 else int.from_bytes(raw, "big")
        content = data[at : at + head + length]
        if b"takevoice" not in content.lower():
            found.append((b"ID3 frame", content))
        at += head + length
    return found
