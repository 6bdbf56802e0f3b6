"""The audio on its way up: opened late, read in blocks, never held as a whole."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import os
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from takevoice.api.errors import InvalidParameter
from takevoice.errors import StorageError

Audio = str | os.PathLike[str] | BinaryIO | bytes
"""A path, a file opened for reading bytes (sent from where it stands; it stays open), or bytes."""

ToPcm16 = Callable[[Audio], Path | BinaryIO | bytes]
"""Gives audio of any kind as raw 16-bit little-endian PCM, 16 kHz, one channel."""

BLOCK = 131_072
_MAGIC = re.compile(rb"RIFF|RF64|riff|RIFX|FORM|fLaC|OggS|ID3|caff|\x1aE\xdf\xa3|....ftyp", re.DOTALL)
_CODED = {".mp3", ".aac", ".m4a", ".mp4", ".opus", ".ogg", ".flac", ".wav", ".aif", ".aiff", ".w64", ".webm"}


class Source:
    """Opened audio. Close it; that leaves a file alone that the caller had opened."""

    def __init__(self, audio: Audio) -> None:
        self._file, self.filename, self._ours = _opened(audio)
        self._start = self._file.tell() if self._file.seekable() else None
        self.length = None if self._start is None else self._file.seek(0, os.SEEK_END) - self._start
        self._touched = False
        self.rewind()

    @property
    def rewindable(self) -> bool:
        """True when the audio can be sent once more."""
        return self._start is not None or not self._touched

    def rewind(self) -> None:
        """Back to where the audio begins."""
        if self._start is not None:
            self._file.seek(self._start)

    def head(self) -> bytes:
        """The first bytes; nothing when they could not be put back."""
        if self._start is None:
            return b""
        first = self._file.read(16)
        self.rewind()
        return first

    def blocks(self) -> Iterator[bytes]:
        """The audio, block by block, exactly as long as it was when it was opened."""
        self._touched = True
        left = self.length
        while left is None or left > 0:
            block = self._file.read(BLOCK if left is None else min(BLOCK, left))
            if not block and left:
                raise StorageError("the audio became shorter while it was being sent", where=self.filename)
            if not block:
                return
            left = None if left is None else left - len(block)
            yield block

    def close(self) -> None:
        """Closes what was opened here."""
        if self._ours:
            self._file.close()


def _opened(audio: Audio) -> tuple[BinaryIO, str, bool]:
    """The file, its name, and whether it is ours to close."""
    if isinstance(audio, bytes | bytearray | memoryview):
        return io.BytesIO(audio), "upload", True
    if isinstance(audio, str | os.PathLike):
        path = Path(audio)
        try:
            return path.open("rb"), path.name, True
        except OSError as error:
            raise StorageError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    name = getattr(audio, "name", None)
    return audio, Path(name).name if isinstance(name, str) else "upload", False


def check_audio(audio: Audio) -> None:
    """Raises InvalidParameter for what is no audio to send, StorageError for a file that is not there."""
    if isinstance(audio, io.TextIOBase):
        raise InvalidParameter("audio must be a file opened in binary mode, not text mode")
    if isinstance(audio, str | os.PathLike):
        source = Source(audio)
        empty = source.length == 0
        source.close()
    elif isinstance(audio, bytes | bytearray | memoryview):
        empty = not audio
    elif callable(getattr(audio, "read", None)) and callable(getattr(audio, "seekable", None)):
        empty = False
    else:
        raise InvalidParameter(f"audio must be a path, an open file or bytes, not {type(audio).__name__}")
    if empty:
        raise InvalidParameter("audio is empty")


def raw_pcm16(audio: Audio, convert: ToPcm16 | None) -> Source:
    """The audio opened as what `pcm_s16le_16` promises: converted, unless it is raw already.

    Raises:
        InvalidParameter: it is not raw, and there is nothing to convert it with; or no whole samples.
    """
    source = Source(audio)
    if _MAGIC.match(source.head()) or Path(source.filename).suffix.lower() in _CODED:
        source.close()
        if convert is None:
            raise InvalidParameter(
                'file_format "pcm_s16le_16" promises raw 16-bit PCM of 16 kHz, and this is encoded audio',
                hint='send it as "other", or give the client a to_pcm16 function',
            )
        source = Source(convert(audio))
    if source.length is not None and source.length % 2:
        source.close()
        raise InvalidParameter("raw 16-bit audio must have an even number of bytes")
    return source


class Upload(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A multipart form: text fields in order, then the audio. `complete` once its end has been handed over."""

    def __init__(self, fields: Mapping[str, str], source: Source) -> None:
        self.complete = False
        self._source = source
        boundary = secrets.token_hex(16)
        texts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        kind = mimetypes.guess_type(source.filename)[0] or "application/octet-stream"
        audio = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="audio"; '
            f'filename="{_quoted(source.filename)}"\r\nContent-Type: {kind}\r\n\r\n'
        )
        self._begin = "".join([*texts, audio]).encode("utf-8", "replace")
        self._end = f"\r\n--{boundary}--\r\n".encode()
        self.headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"} | self._length()

    def _length(self) -> dict[str, str]:
        if self._source.length is None:
            return {"Transfer-Encoding": "chunked"}
        return {"Content-Length": str(len(self._begin) + self._source.length + len(self._end))}

    def __iter__(self) -> Iterator[bytes]:
        self._source.rewind()
        yield self._begin
        yield from self._source.blocks()
        # From here on the server may have all of it, whatever happens to the connection.
        self.complete = True
        yield self._end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        blocks = iter(self)
        # In a thread: a slow disk must not hold up the loop.
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield block


def _quoted(name: str) -> str:
    """A file name as HTML forms write it."""
    return re.sub(r'[\x00-\x1f"]', lambda found: f"%{ord(found[0]):02X}", name.replace("\\", "\\\\"))
