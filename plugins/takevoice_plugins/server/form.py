"""Streaming parser for multipart forms: the audio goes to disk, text fields are kept in memory, in any order.

Filenames and content types of the parts are ignored: some clients send wrong ones, or none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.problems import (
    ClientDisconnected,
    Fault,
    WrongParameters,
    too_large,
    too_slow,
)

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

AUDIO = "audio"


@dataclass
class Form:
    """The text fields, and the size of the audio in bytes (None if there was no such part)."""

    fields: dict[str, str] = field(default_factory=dict)
    audio_size: int | None = None
    repeated: set[str] = field(default_factory=set)  # names of parts sent more than once


class _Collector:
    """Receives the callbacks of the parser."""

    def __init__(self, audio: BinaryIO, limits: Limits, names: Collection[str]) -> None:
        self._audio, self._limits, self._names = audio, limits, names
        self.form = Form()
        self.complete = self.too_large = False
        self._texts: dict[str, bytearray] = {}
        self._name = ""  # of the current part; "" if it is ignored
        self._header, self._value = bytearray(), bytearray()
        self._text_size = 0
        self.callbacks: MultipartCallbacks = {
            "on_part_begin": self.on_part_begin,
            "on_header_field": self.on_header_field,
            "on_header_value": self.on_header_value,
            "on_header_end": self.on_header_end,
            "on_headers_finished": self.on_headers_finished,
            "on_part_data": self.on_part_data,
            "on_end": self.on_end,
        }

    def on_part_begin(self) -> None:
        self._name = ""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            options = parse_options_header(bytes(self._value))[1]
            name = options.get(b"name", b"").decode("utf-8", "replace")
            self._name = name if name == AUDIO or name in self._names else ""
        self._header.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        if self._name in self._texts or (self._name == AUDIO and self.form.audio_size is not None):
            self.form.repeated.add(self._name)
        if self._name == AUDIO:
            self.form.audio_size = self.form.audio_size or 0
        elif self._name:
            self._texts[self._name] = bytearray()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == AUDIO and self.form.audio_size is not None:
            self.form.audio_size += end - start
            self.too_large = self.too_large or self.form.audio_size > self._limits.upload
            if not self.too_large:
                self._audio.write(data[start:end])
        elif self._name:
            self._text_size += end - start
            self.too_large = self.too_large or self._text_size > self._limits.fields
            if not self.too_large:
                self._texts[self._name] += data[start:end]

    def on_end(self) -> None:
        self.complete = True
        self.form.fields = {name: text.decode("utf-8", "replace") for name, text in self._texts.items()}


async def read_form(request: Request, path: Path, limits: Limits, names: Collection[str]) -> Form:
    """Read the whole body; write the audio to `path`, and keep the text fields in `names`.

    Raises:
        WrongParameters: it is not a multipart form.
        Problem: it is too large, or the upload stalled.
        ClientDisconnected: the client disconnected.
    """
    with path.open("wb") as audio:
        collector = _Collector(audio, limits, names)
        parser = _parser(request, collector)
        chunks = request.stream()
        seen, loop = 0, asyncio.get_running_loop()
        began = loop.time()
        try:
            while not (collector.too_large or parser is None):
                # Never silent, but always slow: that holds a place, too.
                left = limits.stall_timeout + seen / limits.slowest_upload - (loop.time() - began)
                async with asyncio.timeout(min(left, limits.stall_timeout)):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                seen += len(chunk)
                parser.write(chunk)
        except TimeoutError:
            raise too_slow() from None
        except ClientDisconnect:
            raise ClientDisconnected from None
        except FormParserError:
            collector.complete = False
    if collector.too_large:
        raise too_large(limits.upload)
    if parser is not None and not collector.complete:
        raise WrongParameters(
            [Fault(type="form_invalid", loc=("body",), msg="This is not a complete multipart form")]
        )
    return collector.form


def _parser(request: Request, collector: _Collector) -> MultipartParser | None:
    """Return a parser, or None if the body is not a multipart form."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        return None
    try:
        return MultipartParser(options[b"boundary"], collector.callbacks)
    except FormParserError:
        return None
