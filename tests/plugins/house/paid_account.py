"""A paid account with a history, as the API's documents describe it: what is billed is in the history, with its audio.

It survives the servers and stations that tests kill, and counts what was billed.
"""

from __future__ import annotations

import collections
import hashlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import soundfile

from account import Account, Refusal, _audio_of, _Handler

REAL_KEY = "sk_the_real_key_of_the_house_0123456789"


@dataclass(frozen=True)
class Billed:
    """One conversion that was billed."""

    id: str
    audio: str  # hash
    voice: str
    fields: tuple[tuple[str, str], ...]
    credits: int
    at: float
    answer: bytes = field(repr=False)

    @property
    def what(self) -> tuple[Any, ...]:
        """What makes it different from others."""
        return self.audio, self.voice, self.fields


class PaidAccount(Account):
    """The account. `cut`: how many of the next answers are billed, and then lost with the connection."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = _PaidHandler
        self.slots, self.seconds = 5, (0.01, 0.03)
        self.real_time = 0.0  # seconds that a second of audio takes, besides
        self.history: list[Billed] = []
        self.history_refusal = False
        self.history_lag = 0.0  # seconds until a conversion is in the history
        self.page = 1000  # conversions on a page of the history, at most
        self.pages = 0  # that were read
        self.forgets_the_rest = False  # a page of the history says that there is more, and not where
        self.echoes = False  # refusals repeat the key
        self.clock = 0.0  # seconds by which its clock differs from this machine's
        self.price = 1000.0  # credits a minute
        self.cut = 0
        self.cut_after: int | None = None  # bytes of a cut answer that are sent
        self.spoils: list[Callable[[bytes], bytes]] = []  # what the next answers become
        self.spoilt_in_history = True  # the history has them as they became
        self.keys: list[str] = []  # that requests came with
        self.headers_seen: list[dict[str, str]] = []
        self.streams_open = threading.Event()
        self.streams_open.set()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the client was killed."""

    @property
    def billed_twice(self) -> list[Any]:
        """What was billed more than once."""
        return [what for what, times in collections.Counter(each.what for each in self.history).items() if times > 1]


class _PaidHandler(_Handler):
    server: PaidAccount

    def do_GET(self) -> None:  # noqa: N802
        self.server.keys.append(self.headers.get("xi-api-key", ""))
        path = urlsplit(self.path).path
        if self.server.lookup_refusal is None and path == "/v1/history":
            self._list_history()
        elif self.server.lookup_refusal is None and path.startswith("/v1/history/"):
            item = path.split("/")[3]
            found = next((each for each in self.server.history if each.id == item), None)
            if found is None:
                self._send_json(404, {"detail": {"status": "not_found", "message": "no such item"}})
            else:
                self._send(200, found.answer, "audio/mpeg", {})
        elif path == "/v1/user/subscription":
            self._send_json(200, {"tier": "pro", "status": "active", "character_count": 1, "character_limit": 100_000})
        else:
            super().do_GET()

    def _list_history(self) -> None:
        if self.server.history_refusal:
            self._send_json(500, {"detail": {"status": "internal_error", "message": "no history now"}})
            return
        since = float(parse_qs(urlsplit(self.path).query).get("date_after_unix", ["0"])[0])
        now = time.time()
        items = [
            {
                "history_item_id": each.id,
                "request_id": f"request-{each.id}",
                "voice_id": each.voice,
                "model_id": dict(each.fields).get("model_id"),
                "date_unix": int(each.at),
                "character_count_change_from": 1000,
                "character_count_change_to": 1000 + each.credits,
                "content_type": "audio/mpeg",
                "state": "created",
                "source": "STS",
            }
            for each in reversed(self.server.history)
            if int(each.at) >= since and each.at + self.server.history_lag <= now + self.server.clock
        ]
        query = parse_qs(urlsplit(self.path).query)
        after = query.get("start_after_history_item_id", [""])[0]
        begin = next((number + 1 for number, item in enumerate(items) if item["history_item_id"] == after), 0)
        shown = items[begin : begin + min(self.server.page, int(query.get("page_size", ["100"])[0]))]
        more, last = begin + len(shown) < len(items), shown[-1]["history_item_id"] if shown else None
        self.server.pages += 1
        self._send_json(200, {"history": shown, "has_more": more, "last_history_item_id": None if self.server.forgets_the_rest else last})

    def do_POST(self) -> None:  # noqa: N802
        server = self.server
        server.keys.append(self.headers.get("xi-api-key", ""))
        server.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        parts = urlsplit(self.path)
        voice = parts.path.split("/")[3]
        body = self._body()
        audio = _audio_of(body)
        name = hashlib.sha256(audio).hexdigest()[:12]
        refusal = server.admit(name)
        if refusal is not None:
            self._refuse(refusal)
            return
        try:
            samples, rate = soundfile.read(io.BytesIO(audio), dtype="float32", always_2d=True)
            server.work()
            time.sleep(server.real_time * len(samples) / rate)
            query = parse_qs(parts.query)
            fields = tuple(sorted(_fields_of(body).items()))
            answer = _encoded(0.5 * samples.mean(axis=1), rate, query.get("output_format", ["mp3_44100_128"])[0])
            cost = round(len(samples) / rate * server.price / 60)
            with server.changing:
                number = len(server.history)
                sent = server.spoils.pop(0)(answer) if server.spoils else answer
                kept = sent if server.spoilt_in_history else answer
                billed = Billed(f"item{number}", name, voice, fields, cost, time.time() + server.clock, kept)
                server.history.append(billed)
                server.served.append(name)
                cut = server.cut > 0
                server.cut -= cut
        finally:
            server.end()
        self._answer(billed, sent, stream=parts.path.endswith("/stream"), cut=cut)

    def _answer(self, billed: Billed, answer: bytes, *, stream: bool, cut: bool) -> None:
        headers = {
            "request-id": f"request-{billed.id}",
            "character-cost": str(billed.credits),
            "maximum-concurrent-requests": str(self.server.slots),
        }
        if cut and self.server.cut_after is None:
            self._break()
            return
        with suppress(ConnectionError):
            self.send_response(200)
            for name, value in {"Content-Type": "audio/mpeg", "Transfer-Encoding": "chunked", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            size = max(1, len(answer) // 4)
            sent = 0
            for start in range(0, len(answer), size):
                if cut and sent >= (self.server.cut_after or 0):
                    self._break()
                    return
                piece = answer[start : start + size]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
                sent += len(piece)
                if stream:
                    self.server.streams_open.wait(20)
            self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, refusal: Refusal) -> None:
        if self.server.echoes:
            key = self.headers.get("xi-api-key", "")
            self._send_json(refusal.status, {"detail": {"status": refusal.code, "message": f"not with the key {key}"}}, {"request-id": key})
        else:
            super()._refuse(refusal)

    def _break(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(2)


def _fields_of(body: bytes) -> dict[str, str]:
    boundary = body[: body.index(b"\r\n")]
    fields = {}
    for part in body.split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"name=" in head and b'name="audio"' not in head:
            fields[head.split(b'name="')[1].split(b'"')[0].decode()] = content[:-2].decode()
    return fields


def _encoded(samples: Any, rate: int, output_format: str) -> bytes:
    codec, wanted = output_format.split("_")[:2]
    if int(wanted) != rate:
        count = round(len(samples) * int(wanted) / rate)
        samples = np.interp(np.arange(count) * rate / int(wanted), np.arange(len(samples)), samples)
    if codec == "pcm":
        return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    file = io.BytesIO()
    if codec == "mp3":
        soundfile.write(file, samples, int(wanted), format="MP3")
    else:
        soundfile.write(file, samples, int(wanted), "PCM_16", format="WAV")
    return file.getvalue()


@contextmanager
def running_paid_account() -> Iterator[PaidAccount]:
    """An account on 127.0.0.1."""
    account = PaidAccount()
    thread = threading.Thread(target=lambda: account.serve_forever(0.05), daemon=True)
    thread.start()
    try:
        yield account
    finally:
        account.streams_open.set()
        account.shutdown()
        account.server_close()
        thread.join()
