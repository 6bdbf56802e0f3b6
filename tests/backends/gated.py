"""A backend that turns the audio upside down at half its level; with a `gate`, it answers late until that file exists.

A single-file plugin for tests. Options, in `[plugins.gated]`: `gate`, a path; `sent`, a path that gets a line for each request;
`paid`, whether it counts as a paid backend; `warning`, what it warns of.
"""

import io
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import soundfile

from takevoice import Backend, ConversionRequest, Encoded, Job, Take, Voice, hookimpl


class Gated:
    gate: Path | None = None
    sent: Path | None = None
    paid = False
    warning = ""

    @hookimpl
    def configure(self, options: Mapping[str, Mapping[str, Any]], state_dir: Path) -> None:
        mine = options.get("gated", {})
        self.gate = Path(mine["gate"]) if "gate" in mine else None
        self.sent = Path(mine["sent"]) if "sent" in mine else None
        self.paid = mine.get("paid", False)
        self.warning = mine.get("warning", "")

    @hookimpl
    def backends(self) -> list[Backend]:
        return [Backend("gated", True, "for tests", self.paid, warning=self.warning)]

    @hookimpl
    def voices(self, backend: str) -> list[Voice] | None:
        return [Voice(name, name, "gated") for name in ("ada", "bea")] if backend == "gated" else None

    @hookimpl
    def convert(self, job: Job, request: ConversionRequest, audio: Take) -> Encoded | None:
        return Encoded(self.chunks(job, audio)) if job.backend == "gated" else None

    def chunks(self, job: Job, audio: Take) -> Iterator[bytes]:
        samples, rate = soundfile.read(str(audio.path), dtype="float32")
        encoded = io.BytesIO()
        soundfile.write(encoded, samples * -0.5, rate, "FLOAT", format="WAV")
        data = encoded.getvalue()
        if self.sent:
            with self.sent.open("a") as file:
                file.write(f"{job.id} {job.path.name}\n")
        yield data[:100]
        while self.gate and not self.gate.exists():
            time.sleep(0.02)
            yield b""
        yield data[100:]


_gated = Gated()
configure, backends, voices, convert = _gated.configure, _gated.backends, _gated.voices, _gated.convert
