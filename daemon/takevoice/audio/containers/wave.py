"""WAV, RF64, BW64, RIFX (RIFF: Microsoft and IBM 1991; EBU Tech 3306; ITU-R BS.2088) and Sony's Wave64."""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Callable
from typing import BinaryIO

from takevoice.audio.containers.chunks import (
    Chunk,
    Copied,
    Framing,
    Made,
    Part,
    content,
    length,
    renamed,
    total,
    walk,
    write,
)
from takevoice.audio.containers.payload import Audio, replaced
from takevoice.audio.containers.provenance import KEY, Provenance
from takevoice.errors import UnsupportedAudio

STALE = (b"PEAK", b"levl", b"MD5 ", b"umid", b"elm1")
"""Chunks that describe the audio that was there before."""
MAX_WAV = 0xFFFFFFFF
_W64_TAIL = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_UMID, _LOUDNESS, _HISTORY = slice(348, 412), slice(412, 422), 602  # of a bext chunk, EBU Tech 3285
_NOT_SET = b"\xff\x7f" * 5
WAVE64 = Framing(40, struct.Struct("<16sQ"), 8, own=24)
_NEW_IXML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<BWFXML>\n<IXML_VERSION>1.5</IXML_VERSION>\n{}\n</BWFXML>\n'
)
_NOTE = re.compile(rb"<TAKEVOICE>([^<]*)</TAKEVOICE>")


def is_riff(magic: bytes) -> bool:
    """True for the first 12 bytes of a WAV, RIFX, RF64 or BW64."""
    return magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:12] == b"WAVE"


def is_wave64(magic: bytes) -> bool:
    """True for the first bytes of a Wave64."""
    return magic[:4] == b"riff" and magic[4:12] == b"\x2e\x91\xcf\x11\xa5\xd6\x28\xdb"


def copy_riff(source: BinaryIO, target: BinaryIO, audio: Audio, note: Provenance) -> None:
    """Writes the original with other audio; a WAV of nearly 4 GB, which has no room for it, without the note."""
    magic = source.read(4)
    framing = riff_framing(magic)
    chunks, end = _riff_chunks(source, magic, framing)
    long = magic in (b"RF64", b"BW64")
    parts = _parts(source, chunks, audio, note, _fourcc)
    if not long and framing.start + total(framing, parts) - 8 > MAX_WAV:
        parts = _parts(source, chunks, audio, None, _fourcc)
    source.seek(0)
    target.write(source.read(framing.start))
    write(source, target, framing, parts)
    size = target.tell() - 8
    source.seek(end)
    while block := source.read(1 << 20):
        target.write(block)
    if not long:
        target.seek(4)
        target.write(size.to_bytes(4, "big" if magic == b"RIFX" else "little"))
    else:
        _mend_ds64(target, framing, parts, size)


def _mend_ds64(target: BinaryIO, framing: Framing, parts: list[Part], riff_size: int) -> None:
    """The true sizes stand in the ds64 chunk, which comes first (EBU Tech 3306)."""
    target.seek(framing.start)
    name, _ = framing.head.unpack(target.read(8))
    if name != b"ds64":
        raise UnsupportedAudio("has no ds64 chunk at its beginning")
    data = next((part.size for part in parts if part.name == b"data" and hasattr(part, "size")), 0)
    target.write(struct.pack("<QQ", riff_size, data))


def copy_wave64(source: BinaryIO, target: BinaryIO, audio: Audio, note: Provenance) -> None:
    """Writes the original with other audio."""
    parts = _parts(source, walk(source, WAVE64, length(source)), audio, note, _guid)
    source.seek(0)
    target.write(source.read(WAVE64.start))
    write(source, target, WAVE64, parts)
    size = target.tell()
    target.seek(16)
    target.write(struct.pack("<Q", size))


def note_of_riff(source: BinaryIO) -> Provenance | None:
    """The note in a RIFF file."""
    magic = source.read(4)
    chunks, _ = _riff_chunks(source, magic, riff_framing(magic))
    return _note_in(source, chunks, b"iXML")


def note_of_wave64(source: BinaryIO) -> Provenance | None:
    """The note in a Wave64."""
    return _note_in(source, walk(source, WAVE64, length(source)), _guid(b"iXML"))


def riff_framing(magic: bytes) -> Framing:
    """How the chunks of a file are framed that begins so."""
    return Framing(12, struct.Struct(">4sI" if magic[:4] == b"RIFX" else "<4sI"), 2)


def _riff_chunks(source: BinaryIO, magic: bytes, framing: Framing) -> tuple[list[Chunk], int]:
    """The chunks, and where the RIFF ends: what follows is nobody's."""
    size = length(source)
    source.seek(4)
    told = source.read(4)
    sizes = {}
    if magic in (b"RF64", b"BW64"):
        source.seek(12)
        name, _, riff_size, data_size = struct.unpack("<4sIQQ", source.read(24).ljust(24, b"\0"))
        end = min(size, 8 + riff_size) if name == b"ds64" else size
        sizes[b"data"] = data_size
    else:
        order = ">" if magic == b"RIFX" else "<"
        end = min(size, 8 + struct.unpack(f"{order}I", told.ljust(4, b"\0"))[0])
    chunks = walk(source, framing, end, sizes)
    if not any(chunk.name == b"data" for chunk in chunks):
        # A RIFF size that is too small: some recorders never come back to it.
        end = size
        chunks = walk(source, framing, end, sizes)
    return chunks, end


def _fourcc(name: bytes) -> bytes:
    return name


def _guid(name: bytes) -> bytes:
    return name + _W64_TAIL


def _parts(
    source: BinaryIO, chunks: list[Chunk], audio: Audio, note: Provenance | None, named: Callable[[bytes], bytes]
) -> list[Part]:
    stale = {named(name) for name in STALE}
    junk = named(b"JUNK" if named is _fourcc else b"junk")
    parts: list[Part] = []
    noted = note is None
    for chunk, part in zip(chunks, replaced(source, chunks, audio, named), strict=True):
        text = content(source, chunk) if chunk.name in (named(b"bext"), named(b"iXML")) else None
        if not isinstance(part, Copied):
            parts.append(part)
        elif chunk.name in stale:
            parts.append(renamed(part, junk))
        elif text is not None and chunk.name == named(b"bext"):
            parts.append(Made(chunk.name, _bext(text, audio, note)))
        elif text is not None and not noted and b"</BWFXML>" in text:
            assert note is not None
            before, closing, after = text.rpartition(b"</BWFXML>")
            parts.append(Made(chunk.name, _even(before + _element(note).encode() + b"\n" + closing + after)))
            noted = True
        else:
            parts.append(part)
    if not noted:
        assert note is not None
        # libsndfile takes all that follows the audio of a Wave64 for audio.
        at = (
            len(parts)
            if named is _fourcc
            else next(n for n, p in enumerate(parts) if p.name == named(b"data"))
        )
        parts.insert(at, Made(named(b"iXML"), _even(_NEW_IXML.format(_element(note)).encode())))
    return parts


def _even(text: bytes) -> bytes:
    """Of even length: not every reader finds its way after an odd chunk."""
    return text + b"\n" * (len(text) % 2)


def _element(note: Provenance) -> str:
    return f"<{KEY}>{html.escape(note.as_json(), quote=False)}</{KEY}>"


def _bext(text: bytes, audio: Audio, note: Provenance | None) -> bytes:
    """Without what identifies or measures the old audio, and with a line of history (EBU Tech 3285)."""
    if len(text) < _HISTORY:
        return text
    mended = bytearray(text)
    version = int.from_bytes(text[346:348], audio.order)
    if version >= 1:
        mended[_UMID] = bytes(64)
    if version >= 2:
        mended[_LOUDNESS] = _NOT_SET if audio.order == "little" else _NOT_SET[::-1]
    if note is None:
        return bytes(mended)
    history = bytes(mended[_HISTORY:]).rstrip(b"\0")
    if history and not history.endswith(b"\n"):
        history += b"\r\n"
    history += note.coding_history(audio.sample_rate, audio.bits, audio.channels)
    return bytes(mended[:_HISTORY]) + history + b"\0" * (len(history) % 2)


def _note_in(source: BinaryIO, chunks: list[Chunk], name: bytes) -> Provenance | None:
    """The newest note: the last one of the last iXML chunk that has any."""
    for chunk in reversed(chunks):
        if chunk.name == name and (text := content(source, chunk)) is not None:
            found = _NOTE.findall(text)
            if found:
                return Provenance.of_json(html.unescape(found[-1].decode("utf-8", "replace")))
    return None
