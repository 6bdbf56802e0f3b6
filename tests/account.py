"""A paid account behind the speech-to-speech API: it serves so many conversions at once, refuses the others by the documents, and bills.

It runs in the process of the test, which changes `slots`, `seconds` and `refusal` as it goes.
"""

from __future__ import annotations

import collections
import hashlib
import io
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import soundfile

KEY = "test-key"


@dataclass(frozen=True)
class Refusal:
    """An answer without audio, which costs nothing."""

    status: int = 429
    code: str = "too_many_concurrent_requests"
    retry_after: str = ""  # "" sends no such header


TOO_MANY = Refusal()


class Account(ThreadingHTTPServer):
    """The account, and what came: `served` and `refused` have a line for each request, by the hash of its audio."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.slots, self.seconds = 2, (0.05, 0.1)  # conversions at once, and how long each takes
        self.says_slots = True  # in the header maximum-concurrent-requests
        self.refusal: Refusal | None = None  # for each conversion, whatever is under way
        self.lookup_refusal: Refusal | None = None  # for each list of voices or models
        self.served, self.refused = list[str](), list[str]()
        self.lookups_refused = 0
        self.under_way = self.most = 0
        self.changing = threading.Lock()
        self._random = random.Random(1)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def billed_twice(self) -> list[str]:
        """The audio that was served more than once."""
        return [audio for audio, times in collections.Counter(self.served).items() if times > 1]

    def config(self, more: str = "") -> str:
        """The config of a daemon that uses this account; tables may follow it."""
        return f'backend = "elevenlabs"\n{more}\n[money]\nfirst_look = false\nunattended_per_hour = inf\nunattended_per_day = inf\n[plugins.elevenlabs]\nbase_url = "{self.url}"\n'

    def admit(self, audio: str) -> Refusal | None:
        """Begin a conversion, or refuse it."""
        with self.changing:
            if self.refusal or self.under_way >= self.slots:
                self.refused.append(audio)
                return self.refusal or TOO_MANY
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            return None

    def work(self) -> None:
        """Take as long as a conversion takes."""
        with self.changing:
            seconds = self._random.uniform(*self.seconds)
        time.sleep(seconds)

    def end(self) -> None:
        """End a conversion."""
        with self.changing:
            self.under_way -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Account

    def do_GET(self) -> None:
        refusal = self.server.lookup_refusal
        if refusal is not None:
            self.server.lookups_refused += 1
            self._refuse(refusal)
        elif self.path.startswith("/v2/voices"):
            self._send_json(200, {"voices": [{"voice_id": "v1", "name": "ada"}], "has_more": False})
        elif self.path.startswith("/v1/models"):
            self._send_json(200, [])
        else:
            self._send_json(404, {"detail": "not here"})

    def do_POST(self) -> None:
        audio = _audio_of(self._body())
        name = hashlib.sha256(audio).hexdigest()[:12]
        refusal = self.server.admit(name)
        if refusal is not None:
            self._refuse(refusal)
            return
        try:
            self.server.work()
            samples, rate = soundfile.read(io.BytesIO(audio), dtype="float32")
            answer = io.BytesIO()
            soundfile.write(answer, 0.5 * samples, rate, "FLOAT", format="WAV")
            self.server.served.append(name)
        finally:
            self.server.end()
        limit = {"maximum-concurrent-requests": str(self.server.slots)} if self.server.says_slots else {}
        self._send(200, answer.getvalue(), "audio/wav", limit)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _refuse(self, refusal: Refusal) -> None:
        headers = {"Retry-After": refusal.retry_after} if refusal.retry_after else {}
        detail = {"status": refusal.code, "message": f"refused, {refusal.code}"}
        self._send_json(refusal.status, {"detail": detail}, headers)

    def _send_json(self, status: int, content: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(content).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        with suppress(ConnectionError):  # the client was killed
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def _audio_of(body: bytes) -> bytes:
    """The content of the part `audio` of a multipart form."""
    boundary = body[: body.index(b"\r\n")]
    for part in body.split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="audio"' in head:
            return content[:-2]
    raise AssertionError("the form has no audio")


@contextmanager
def running_account() -> Iterator[Account]:
    """An account on 127.0.0.1."""
    account = Account()
    thread = threading.Thread(target=lambda: account.serve_forever(0.05), daemon=True)
    thread.start()
    try:
        yield account
    finally:
        account.shutdown()
        account.server_close()
        thread.join()
