"""A paid backend at 60 credits a minute, one a second, whose fate is decided by files.

A single-file plugin for tests. Its options, in `[plugins.paid]`: `here` is a folder, `at_once` how many takes it converts at
once. While `gate` is missing there, it answers late. While `refuse` is there, it is out of credits: for all takes, or for those
named in the file. While `lose` is there, the connection breaks after the take was sent. `sent` gets a line for each request:
the name of its take.
"""

import io
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import soundfile

from takevoice import Backend, ConversionRequest, Encoded, Job, Take, Voice, errors, hookimpl


class OutOfCredits(errors.BackendError):
    code = "quota_exceeded"
    blocks = True


class ConnectionLost(errors.BackendError):
    code = "outcome_unknown"
    billed = None


class Paid:
    here = Path()
    at_once: int | None = None

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        own = options.get("paid", {})
        self.here, self.at_once = Path(own.get("here", ".")), own.get("at_once")

    @hookimpl
    def backends(self) -> list[Backend]:
        return [Backend("paid", True, "for tests", True, 60.0, max_seconds=100.0, max_concurrent=self.at_once)]

    @hookimpl
    def voices(self, backend: str) -> list[Voice] | None:
        return [Voice("ada", "ada", "paid")] if backend == "paid" else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        return Encoded(self.chunks(job, audio)) if job.backend == "paid" else None

    def chunks(self, job: Job, audio: Take) -> Iterator[bytes]:
        samples, rate = soundfile.read(str(audio.path), dtype="float32")
        with (self.here / "sent").open("a") as file:
            file.write(f"{job.path.name}\n")
        if self.refuses(job):
            while not self.open():
                time.sleep(0.02)
            raise OutOfCredits("no credits are left", hint="buy some")
        if (self.here / "lose").exists():
            raise ConnectionLost("the connection broke after the take was sent")
        encoded = io.BytesIO()
        soundfile.write(encoded, samples * 0.5, rate, "FLOAT", format="WAV")
        yield encoded.getvalue()[:100]
        while not self.open():
            time.sleep(0.02)
            yield b""
        yield encoded.getvalue()[100:]

    def open(self) -> bool:
        return (self.here / "gate").exists()

    def refuses(self, job: Job) -> bool:
        path = self.here / "refuse"
        return path.exists() and job.path.name in (path.read_text().split() or [job.path.name])


_paid = Paid()
configure, backends, voices, convert = _paid.configure, _paid.backends, _paid.voices, _paid.convert
