"""A server on 127.0.0.1 that keeps what it was sent, and answers as it is told: also badly."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

WAV = b"RIFF\x24\x00\x00\x00WAVE" + bytes(range(256)) * 8


@dataclass
class Part:
    """One part of a multipart form."""

    name: str
    filename: str | None
    content_type: str | None
    data: bytes


@dataclass
class Seen:
    """One request, as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    size: int
    parts: list[Part] = field(default_factory=list)

    @property
    def form(self) -> dict[str, bytes]:
        return {part.name: part.data for part in self.parts}


class Handler(BaseHTTPRequestHandler):
    """Reads the request, and hands itself to the next answer of the server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: CaptureServer

    def do_POST(self) -> None:
        self._serve(self.server.next_answer())

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self._serve(self.server.pages.get(path) or self.server.next_answer())

    def _serve(self, answer: Answer) -> None:
        if not getattr(answer, "reads", True):
            self.server.seen.append(self._seen(b"", 0))
        else:
            body, size = self._body()
            self.server.seen.append(self._seen(body, size))
        with self.server.counting:
            self.server.now += 1
            self.server.most = max(self.server.most, self.server.now)
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                answer(self)
        finally:
            with self.server.counting:
                self.server.now -= 1

    def _body(self) -> tuple[bytes, int]:
        """The body (a large one is counted, not kept) and its size."""
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body, len(body)
        size = left = int(self.headers.get("Content-Length", 0))
        kept, block = b"", memoryview(bytearray(1 << 20))
        while left:
            got = self.rfile.readinto(block[: min(left, len(block))])
            if not got:
                self.server.incomplete += 1
                break
            left -= got
            kept = kept + bytes(block[:got]) if size < 8_000_000 else b""
        return kept, size

    def _seen(self, body: bytes, size: int) -> Seen:
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        kind = headers.get("content-type", "")
        parts = parse(kind, body) if kind.startswith("multipart/") and body else []
        return Seen(self.command, address.path, query, headers, size, parts)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in ({"Content-Length": str(len(body))} | names).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def begin_chunked(self, **headers: str) -> None:
        self.send_response(200)
        for name, value in ({"Transfer-Encoding": "chunked", "Content-Type": "audio/wav"} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def send_chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def drop(self) -> None:
        """Ends the connection the hard way."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None: ...


Answer = Callable[[Handler], None]


def parse(content_type: str, body: bytes) -> list[Part]:
    """The parts of a multipart form, in order."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    parts = []
    for raw in body.split(b"--" + boundary)[1:-1]:
        head, _, data = raw.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head)
        get = lambda name, headers=headers: headers.get_param(name, header="content-disposition")  # noqa: E731
        kind = headers.get("content-type")
        parts.append(Part(get("name"), get("filename"), kind, data.removesuffix(b"\r\n")))
    return parts


class CaptureServer(ThreadingHTTPServer):
    """Answers with `answers` in turn, the last one for ever; `seen` has the requests."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[Seen] = []
        self.answers: list[Answer] = [audio()]
        self.pages: dict[str, Answer] = {"/v1/models": page(404, {"detail": "Not Found"})}
        self.released = threading.Event()
        self.counting = threading.Lock()
        self.now = self.most = self.incomplete = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def conversions(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "POST"]

    def next_answer(self) -> Answer:
        with self.counting:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def handle_error(self, *_: object) -> None: ...


@contextmanager
def serving() -> Iterator[CaptureServer]:
    """A server that runs; stalled answers end with it."""
    server = CaptureServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def audio(body: bytes = WAV, **headers: str) -> Answer:
    return lambda handler: handler.send(200, body, **({"Content_Type": "audio/wav"} | headers))


def page(status: int, value: Any, **headers: str) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return lambda handler: handler.send(status, body, **({"Content_Type": "application/json"} | headers))


def drop(handler: Handler) -> None:
    """Reads the request, and hangs up."""
    handler.drop()


def hang_up_early(handler: Handler) -> None:
    """Hangs up while the upload is under way."""
    handler.drop()


hang_up_early.reads = False  # type: ignore[attr-defined]


def refuse_early(handler: Handler) -> None:
    """Refuses while the upload is under way, and takes in the rest for a moment."""
    handler.send(413, b'{"detail": "Payload Too Large"}', Connection="close")
    handler.connection.shutdown(socket.SHUT_WR)
    handler.close_connection = True
    handler.connection.settimeout(0.5)
    with suppress(TimeoutError):
        while handler.connection.recv(1 << 20):
            pass


refuse_early.reads = False  # type: ignore[attr-defined]


def stall(handler: Handler) -> None:
    """Never answers."""
    handler.server.released.wait(20)
    handler.drop()


def truncate(handler: Handler) -> None:
    """Promises more than it sends."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(WAV)))
    handler.send_header("request-id", "r-7")
    handler.end_headers()
    handler.wfile.write(WAV[:1000])
    handler.wfile.flush()
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_WR)


def truncate_chunked(handler: Handler) -> None:
    """Hangs up between two chunks."""
    handler.begin_chunked()
    handler.send_chunk(WAV[:1000])
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_WR)


def stall_in_the_middle(handler: Handler) -> None:
    """Sends some audio, then nothing."""
    handler.begin_chunked()
    handler.send_chunk(WAV[:1000])
    stall(handler)


def error_in_the_middle(handler: Handler) -> None:
    """Sends some audio, then an error message, cut in an awkward place."""
    handler.begin_chunked()
    handler.send_chunk(WAV[:1000] + b'{"de')
    handler.send_chunk(b'tail": {"code": "internal_error", "message": "the model fell over"}}')
    handler.send_chunk(b"")
