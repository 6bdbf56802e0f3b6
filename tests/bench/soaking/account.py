"""A paid account that is late, busy, fails, and breaks off; it keeps a record of each request, and of what it billed."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from account import Account, Refusal, _audio_of, _Handler

VOICES = {"v1": "ada", "v2": "bea"}  # ids, and names
FAULTS = {"429": 0.05, "500": 0.012, "dropped": 0.012, "cut": 0.012, "late": 0.15}
"""How often each happens; the other requests are answered within half a second."""
LATE = (1.0, 4.0)  # seconds
BUSY = Refusal(429, "rate_limit_exceeded", "1")


class Request(NamedTuple):
    """A line of the record."""

    at: float  # Unix time at which it came
    machine: str  # whose key it had
    audio: str  # see `identity`
    voice: str
    what: str  # refused, fine, late, 500, dropped, cut
    billed: bool


def identity(samples: np.ndarray) -> str:
    """What identifies the samples of a take, int16."""
    return hashlib.sha256(np.ascontiguousarray(samples, np.int16).tobytes()).hexdigest()[:16]


def converted(samples: np.ndarray, voice: str) -> np.ndarray:
    """What the account makes of a take: each voice can be told from the other, and from the take, by its samples."""
    if voice == "ada":
        return 0.5 * samples
    around = np.pad(samples, 1)
    return 0.7 * samples - 0.2 * (around[:-2] + around[2:])


class SoakAccount(Account):
    """The account."""

    def __init__(self, record: Path, seed: int) -> None:
        super().__init__()
        self.RequestHandlerClass = _SoakHandler
        self.slots, self.seconds = 6, (0.05, 0.5)
        self.faults = dict(FAULTS)
        self.requests: list[Request] = []
        self._file = record.open("a", buffering=1)
        self._chance = random.Random(seed)

    def handle_error(self, *_: object) -> None:
        """Clients are killed."""

    def server_close(self) -> None:
        """Close the record too."""
        super().server_close()
        self._file.close()

    def fate(self) -> str:
        """What becomes of the next request."""
        with self.changing:
            names = [*self.faults, "fine"]
            return self._chance.choices(names, [*self.faults.values(), 1 - sum(self.faults.values())])[0]

    def note(self, request: Request) -> None:
        """Keep a request."""
        with self.changing:
            self.requests.append(request)
            self._file.write(json.dumps(request) + "\n")


class _SoakHandler(_Handler):
    server: SoakAccount

    def do_GET(self) -> None:  # noqa: N802
        if self.path.startswith("/v2/voices"):
            voices = [{"voice_id": key, "name": name} for key, name in VOICES.items()]
            self._send_json(200, {"voices": voices, "has_more": False})
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802
        began, body = time.time(), self._body()
        boundary = body[: body.index(b"\r\n")]
        if not body.rstrip(b"\r\n").endswith(boundary + b"--"):
            return  # killed in the middle of the upload: nothing was asked for
        samples, rate = soundfile.read(io.BytesIO(_audio_of(body)), dtype="int16")
        voice = VOICES[re.split("[/?]", self.path)[3]]
        fate = self.server.fate()
        refusal = BUSY if fate == "429" else self.server.admit("")
        what = "refused" if refusal else fate
        billed = what in ("fine", "late", "dropped", "cut")
        self.server.note(Request(began, self.headers["xi-api-key"], identity(samples), voice, what, billed))
        if refusal:
            self._refuse(refusal)
            return
        try:
            self.server.work()
            time.sleep(self.server._chance.uniform(*LATE) if fate == "late" else 0)
        finally:
            self.server.end()
        self._answer(what, converted(samples / 32768.0, voice), rate)

    def _answer(self, what: str, samples: np.ndarray, rate: int) -> None:
        if what == "500":
            self._send_json(500, {"detail": "Internal Server Error"})
            return
        file = io.BytesIO()
        soundfile.write(file, samples, rate, "FLOAT", format="WAV")
        body = file.getvalue()
        if what in ("cut", "dropped"):
            self._break_off(body if what == "cut" else b"")
        else:
            self._send(200, body, "audio/wav", {})

    def _break_off(self, body: bytes) -> None:
        """Send half of an answer, or nothing at all, and close the connection."""
        self.close_connection = True
        with suppress(OSError):
            if body:
                self.send_response(200)
                self.send_header("Content-Type", "audio/wav")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2])
