"""The audio to upload: opened late, read in blocks, never in memory as a whole."""

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

from takevoice.api.async_files import is_async_file
from takevoice.api.errors import InvalidParameter
from takevoice.errors import StorageError
from takevoice.system import place

Audio = str | os.PathLike[str] | BinaryIO | bytes
"""A path, a binary file object (read from its current position, and left open), or bytes. `AsyncSpeechToSpeech` also takes
a binary file object of aiofiles or anyio."""

ToPcm16 = Callable[[Audio], Path | BinaryIO | bytes]
"""Converts audio in any format to raw PCM: 16 bits, little-endian, 16 kHz, one channel."""

BLOCK = 131_072
_MAGIC = re.compile(rb"RIFF|RF64|riff|RIFX|FORM|fLaC|OggS|ID3|caff|\x1aE\xdf\xa3|....ftyp", re.DOTALL)
_ENCODED_SUFFIXES = tuple(".mp3 .aac .m4a .mp4 .opus .ogg .flac .wav .aif .aiff .w64 .webm".split())


class Source:
    """Opened audio. `close` closes the file unless the caller opened it."""

    def __init__(self, audio: Audio) -> None:
        self._file, self.filename, self._owned = _open(audio)
        self._start = self._file.tell() if self._file.seekable() else None
        self.length = None if self._start is None else self._file.seek(0, os.SEEK_END) - self._start
        self._read = False
        self.rewind()

    @property
    def rewindable(self) -> bool:
        """True if the audio can be sent from its beginning."""
        return self._start is not None or not self._read

    def rewind(self) -> None:
        """Seek to the beginning of the audio."""
        if self._start is not None:
            self._file.seek(self._start)

    def head(self) -> bytes:
        """Return the first bytes, or b"" if the file cannot seek back."""
        if self._start is None:
            return b""
        first = self._file.read(16)
        self.rewind()
        return first

    def blocks(self) -> Iterator[bytes]:
        """Yield the audio in blocks: as many bytes as it had when it was opened."""
        self._read = True
        left = self.length
        while left is None or left > 0:
            block = self._next(BLOCK if left is None else min(BLOCK, left))
            if not block and left:
                raise StorageError("the audio became shorter while it was being sent", where=self.filename)
            if not block:
                return
            left = None if left is None else left - len(block)
            yield block

    def _next(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:  # its share is gone, for one
            raise StorageError(f"cannot be read to its end: {error.strerror or error}", where=self.filename) from error

    def close(self) -> None:
        """Close the file if this object opened it."""
        if self._owned:
            self._file.close()


def _open(audio: Audio) -> tuple[BinaryIO, str, bool]:
    """Return the file, its name, and True if `Source` must close it."""
    if isinstance(audio, bytes | bytearray | memoryview):
        return io.BytesIO(audio), "upload", True
    if isinstance(audio, str | os.PathLike):
        path = Path(audio)
        try:
            return place.open_file(path, "rb"), path.name, True
        except OSError as error:
            raise StorageError(f"cannot be read: {error.strerror or error}", where=str(path)) from None
    name = getattr(audio, "name", None)
    return audio, Path(name).name if isinstance(name, str) else "upload", False


def check_audio(audio: Audio) -> None:
    """Raise InvalidParameter if the audio cannot be sent, StorageError if the file cannot be opened."""
    if isinstance(audio, io.TextIOBase):
        raise InvalidParameter("audio must be a file opened in binary mode, not in text mode")
    if is_async_file(audio):
        raise InvalidParameter("audio is a file for asyncio: use AsyncSpeechToSpeech, or open it with `open`")
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
    """Open the audio as raw PCM for `pcm_s16le_16`, converting it first if it is encoded.

    Raises:
        InvalidParameter: the audio is encoded and `convert` is None; or it does not consist of whole samples.
    """
    source = Source(audio)
    if _MAGIC.match(source.head()) or Path(source.filename).suffix.lower() in _ENCODED_SUFFIXES:
        source.close()
        if convert is None:
            raise InvalidParameter(
                'file_format "pcm_s16le_16" requires raw 16-bit PCM at 16 kHz, but this audio is encoded',
                hint='use the file_format "other", or pass a to_pcm16 function to the client',
            )
        source = Source(convert(audio))
    if source.length is not None and source.length % 2:
        source.close()
        raise InvalidParameter("raw 16-bit audio must have an even number of bytes")
    return source


class Upload(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A multipart form: text fields in order, then the audio. `complete` is True once the end may have been sent."""

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
        # From here on the server may have the whole form, whatever happens to the connection.
        self.complete = True
        yield self._end

    async def __aiter__(self) -> AsyncIterator[bytes]:
        blocks = iter(self)
        # In a thread: a slow disk must not block the event loop.
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield block


def _quoted(name: str) -> str:
    """Escape a file name as HTML forms do."""
    return re.sub(r'[\x00-\x1f"]', lambda found: f"%{ord(found[0]):02X}", name.replace("\\", "\\\\"))
