"""A backend that takes four seconds at most, so that longer takes go in segments; what becomes of each is decided by files.

A single-file plugin for tests. Its options, in `[plugins.segments]`, are `here`, a folder, and `paid`. Files in the folder:
`sent` gets the name of each segment that is sent; `fail.NAME` fails one; `refuse` lets the first one fail for want of credits and
`lose` breaks the connection after any other was sent; `nonsense` plays the answer backwards; `together` lets the first one wait for
a second; `slow` holds back all but the first two.
"""

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import soundfile

from takevoice import Backend, ConversionRequest, Encoded, Job, Take, Voice, errors, hookimpl

LIMIT = 4.0  # seconds


class OutOfCredits(errors.BackendError):
    code = "quota_exceeded"
    blocks = True


class ConnectionLost(errors.BackendError):
    code = "outcome_unknown"
    billed = None


class Segments:
    here = Path()
    paid = False

    def __init__(self) -> None:
        self.lock, self.count = threading.Lock(), 0
        self.first_over = threading.Event()

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        mine = options.get("segments", {})
        self.here = Path(mine.get("here", "."))
        self.paid = mine.get("paid", False)

    @hookimpl
    def backends(self) -> list[Backend]:
        return [Backend("segments", True, "for tests", self.paid, 60.0, max_seconds=LIMIT)]

    @hookimpl
    def voices(self, backend: str) -> list[Voice] | None:
        return [Voice("ada", "ada", "segments")] if backend == "segments" else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        if job.backend != "segments":
            return None
        assert audio.seconds <= LIMIT
        return Encoded(self.chunks(audio))

    def chunks(self, audio: Take) -> Iterator[bytes]:
        name = audio.path.name.split(".")[1]
        with self.lock, (self.here / "sent").open("a") as file:
            file.write(f"{name}\n")
            self.count += 1
            number = self.count
        if self.has("slow") and number > 2:
            wait(lambda: not self.has("slow"))
        if self.has("together"):
            wait(lambda: self.count > 1)
        self.fail(name)
        samples, rate = soundfile.read(audio.path, dtype="float32")
        encoded = io.BytesIO()
        soundfile.write(encoded, samples[::-1] if self.has("nonsense") else samples, rate, "FLOAT", format="WAV")
        yield encoded.getvalue()
        if is_first(name):
            self.first_over.set()

    def fail(self, name: str) -> None:
        if self.has(f"fail.{name}"):
            raise errors.BackendError("the server is on fire", hint="try again later")
        if self.has("refuse") and is_first(name):
            wait(lambda: self.count > 1)
            self.first_over.set()
            raise OutOfCredits("no credits are left", hint="buy some")
        if self.has("lose") and not is_first(name):
            self.first_over.wait(10)
            time.sleep(0.3)  # until the end of the first one is stored
            raise ConnectionLost("the connection broke after the take was sent")

    def has(self, what: str) -> bool:
        return (self.here / what).exists()


def is_first(name: str) -> bool:
    return name.startswith("0-0-")


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


_segments = Segments()
configure, backends = _segments.configure, _segments.backends
voices, convert = _segments.voices, _segments.convert
