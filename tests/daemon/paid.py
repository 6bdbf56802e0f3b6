"""A paid backend for tests, and a command line that has it."""

from __future__ import annotations

from pathlib import Path

from support import FAST, Cli

PAID = '''
"""A paid backend at 60 credits a minute: one a second. It answers late while `gate` is missing, and refuses while `refuse` is there."""
import io
import time
from pathlib import Path

import soundfile

from takevoice import Backend, Encoded, Voice, errors, hookimpl

HERE = Path({here!r})


class OutOfCredits(errors.BackendError):
    code = "quota_exceeded"
    blocks = True


class NobodyKnows(errors.BackendError):
    code = "outcome_unknown"
    billed = None


@hookimpl
def backends():
    return [Backend("paid", True, "for tests", True, 60.0, max_seconds=100.0)]


@hookimpl
def voices(backend):
    return [Voice("ada", "ada", "paid")] if backend == "paid" else None


@hookimpl
def convert(job, request, audio):
    return Encoded(chunks(job, audio)) if job.backend == "paid" else None


def chunks(job, audio):
    with (HERE / "sent").open("a") as file:
        file.write(job.path.name + "\\n")
    if (HERE / "refuse").exists():
        raise OutOfCredits("no credits are left", hint="buy some")
    if (HERE / "lose").exists():
        raise NobodyKnows("the connection broke after the take was sent")
    samples, rate = soundfile.read(str(audio.path), dtype="float32")
    file = io.BytesIO()
    soundfile.write(file, samples * 0.5, rate, "FLOAT", format="WAV")
    yield file.getvalue()[:100]
    while not (HERE / "gate").exists():
        time.sleep(0.02)
        yield b""
    yield file.getvalue()[100:]
'''


class Shop(Cli):
    """A command line with a paid backend."""

    here: Path

    def money(self, text: str = "", more: str = "") -> None:
        """Writes the config, with these limits."""
        self.config(f'backend = "paid"\nconversions = 1\n{more}{FAST}\n[money]\n{text}\n')

    @property
    def sent(self) -> list[str]:
        """The takes that were sent, once for each time."""
        path = self.here / "sent"
        return path.read_text().split() if path.exists() else []


def results(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if ".ada" in path.name)
