"""A multipart form on its way in: the audio goes to disk, the text fields are kept, whatever their order.

Filenames and types of the parts mean nothing here: clients send any, or none.
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
    ClientGone,
    Fault,
    Problem,
    WrongParameters,
    too_large,
    too_slow,
)

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

AUDIO = "audio"


@dataclass
class Form:
    """What was sent: the text fields, and the size of the audio in bytes (None: there was no such part)."""

    fields: dict[str, str] = field(default_factory=dict)
    audio_size: int | None = None
    twice: set[str] = field(default_factory=set)  # names that came more than once


class _Collector:
    """Takes the parser's calls."""

    def __init__(self, audio: BinaryIO, limits: Limits, names: Collection[str]) -> None:
        self._audio, self._limits, self._names = audio, limits, names
        self.form = Form()
        self.complete = self.too_large = False
        self._texts: dict[str, bytearray] = {}
        self._name = ""  # "" for a part that nobody wants
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
            self.form.twice.add(self._name)
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
    """Reads the whole body: the audio goes to `path`, and the texts of these names are kept.

    Raises:
        WrongParameters: it is no multipart form.
        Problem: it is too large, or stalled.
        ClientGone: the client went away meanwhile.
    """
    with path.open("wb") as audio:
        collector = _Collector(audio, limits, names)
        parser = _parser(request, collector)
        chunks = request.stream()
        seen = 0
        try:
            while True:
                async with asyncio.timeout(limits.stalled):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    break
                seen += len(chunk)
                # The rest is taken in all the same: a client that is still sending does not read the refusal.
                if not (collector.too_large or parser is None):
                    parser.write(chunk)
                if seen > limits.upload + limits.thrown_away:
                    raise _cut(too_large(limits.upload))
        except TimeoutError:
            raise too_slow() from None
        except ClientDisconnect:
            raise ClientGone from None
        except FormParserError:
            collector.complete = False
    if collector.too_large:
        raise too_large(limits.upload)
    if parser is not None and not collector.complete:
        raise WrongParameters(
            [Fault(type="form_invalid", loc=("body",), msg="This is no complete multipart form")]
        )
    return collector.form


def _cut(problem: Problem) -> Problem:
    problem.headers["Connection"] = "close"
    return problem


def _parser(request: Request, collector: _Collector) -> MultipartParser | None:
    """None: the body is no multipart form."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        return None
    try:
        return MultipartParser(options[b"boundary"], collector.callbacks)
    except FormParserError:
        return None
