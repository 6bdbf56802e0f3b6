"""What many tests share: takes, the command line as a process, waiting for a state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

TAKES = Path(__file__).parent / "takes"
FAST = """
scan = 0.5
[settle]
quiet = 0.2
give_up = 1.5
"""
"""Settings that make a test wait less for files to settle; the defaults have tests of their own."""

GATED = '''
"""a backend that turns the audio upside down, and waits for a file named `gate` where its options say so."""
import io
import time
from pathlib import Path

import soundfile

from takevoice import Backend, Encoded, Voice, hookimpl


class Gated:
    gate = None
    paid = False
    sent = None

    @hookimpl
    def configure(self, options, state_dir):
        mine = options.get("gated", {})
        self.gate = Path(mine["gate"]) if "gate" in mine else None
        self.sent = Path(mine["sent"]) if "sent" in mine else None
        self.paid = mine.get("paid", False)

    @hookimpl
    def backends(self):
        return [Backend("gated", True, "for tests", self.paid)]

    @hookimpl
    def voices(self, backend):
        return [Voice(n, n, "gated") for n in ("ada", "bea")] if backend == "gated" else None

    @hookimpl
    def convert(self, job, request, audio):
        return Encoded(self.chunks(job, audio)) if job.backend == "gated" else None

    def chunks(self, job, audio):
        if self.sent:
            with self.sent.open("a") as file:
                file.write(f"{job.id} {job.path.name}\\n")
        samples, rate = soundfile.read(str(audio.path), dtype="float32")
        file = io.BytesIO()
        soundfile.write(file, samples * -0.5, rate, "FLOAT", format="WAV")
        data = file.getvalue()
        yield data[:100]
        while self.gate and not self.gate.exists():
            time.sleep(0.02)
            yield b""
        yield data[100:]


_gated = Gated()
configure, backends, voices, convert = _gated.configure, _gated.backends, _gated.voices, _gated.convert
'''
"""A single-file plugin: a backend whose conversions stand still until the test opens the gate."""


def buzz(
    seconds: float, sample_rate: int = 48_000, f0: float = 120.0, channels: int = 1, seed: int = 0
) -> np.ndarray:
    """Something with a pitch and no silence, shape (frames, channels)."""
    random = np.random.default_rng(seed)
    time_ = np.arange(round(seconds * sample_rate)) / sample_rate
    tone = sum(np.sin(2 * np.pi * f0 * k * time_ + random.uniform(0, 6)) / k for k in range(1, 20))
    tone = 0.2 * tone + 0.001 * random.standard_normal(len(time_))
    return np.repeat(tone[:, None], channels, axis=1)


def make_take(
    path: Path,
    seconds: float = 1.0,
    sample_rate: int = 48_000,
    channels: int = 1,
    subtype: str = "PCM_24",
    seed: int = 0,
    container: str | None = None,
) -> Path:
    """A finished take on disk."""
    samples = buzz(seconds, sample_rate, channels=channels, seed=seed)
    kinds = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".aif": "AIFF", ".aiff": "AIFF"}
    with soundfile.SoundFile(
        os.fsencode(path), "w", sample_rate, channels, subtype, format=container or kinds[path.suffix]
    ) as file:
        file.write(samples)
    return path


def wait_for(what: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Waits until `what` returns something true, and returns it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {getattr(what, '__name__', what)}")


class Cli:
    """`takevoice` as its users run it: a process of its own."""

    command = (sys.executable, "-m", "takevoice")

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = home / "state"
        self.config_dir = home / "config" / "takevoice"

    def __call__(
        self,
        *words: object,
        check: int | None = 0,
        prefix: tuple[str, ...] = (),
        cwd: Path | None = None,
        **env: str,
    ) -> subprocess.CompletedProcess[str]:
        line = [
            *prefix,
            *self.command,
            *(os.fsencode(word) if isinstance(word, Path) else str(word) for word in words),
        ]
        done = subprocess.run(
            line, capture_output=True, text=True, timeout=120, env=os.environ | env, cwd=cwd or self.home
        )
        if check is not None:
            assert done.returncode == check, (
                f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def config(self, text: str) -> Path:
        """Writes the user's config."""
        self.config_dir.mkdir(parents=True, exist_ok=True)
        path = self.config_dir / "takevoice.toml"
        path.write_text(text, "utf-8")
        return path

    def plugin(self, name: str, text: str) -> Path:
        """Writes a single-file plugin."""
        path = self.config_dir / "plugins" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def jobs(self, *words: str) -> list[dict[str, Any]]:
        """`takevoice jobs --json`."""
        return json.loads(self("jobs", "--json", *words).stdout)  # type: ignore[no-any-return]

    def states(self) -> dict[str, str]:
        """The newest state by the take's name."""
        return {Path(job["path"]).name: job["state"] for job in self.jobs()}

    @contextmanager
    def daemon(self, *words: object, prefix: tuple[str, ...] = ()) -> Iterator[Daemon]:
        """`takevoice run` in the background; stopped with SIGTERM at the end, which it must obey."""
        log = self.home / f"daemon-{time.monotonic_ns()}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*prefix, *self.command, "run", *map(str, words)], stdout=file, stderr=file, cwd=self.home
            )
        daemon = Daemon(process, log)
        try:
            wait_for(lambda: "watching" in daemon.log() or process.poll() is not None)
            yield daemon
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    raise AssertionError(f"the daemon did not stop\n{daemon.log()}") from None
        assert "Traceback" not in daemon.log(), daemon.log()


class Daemon:
    """A running `takevoice run`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text("utf-8", "replace")

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
