"""What many tests share: takes, waiting for a state, and takevoice itself, in this process or as one of its own."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import soundfile

from signals import buzz

TAKES = Path(__file__).parent / "takes"
HABITS = Path(__file__).parent / "habits" / "run.py"
BACKENDS = Path(__file__).parent / "backends"
"""Single-file plugins with backends for tests: `cli.plugin(BACKENDS / "gated.py")`."""
FAST = """
scan = 0.5
[settle]
quiet = 0.2
give_up = 1.5
"""
"""Settings that make a test wait less for files to settle; the defaults have tests of their own."""
TIMEOUT = 120  # seconds for a command


def make_take(
    path: Path,
    seconds: float = 1.0,
    sample_rate: int = 48_000,
    channels: int = 1,
    subtype: str = "PCM_24",
    seed: int = 0,
    container: str | None = None,
) -> Path:
    """Write a finished take, and return its path."""
    samples = buzz(seconds, sample_rate, channels=channels, seed=seed)
    kinds = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".aif": "AIFF", ".aiff": "AIFF"}
    with soundfile.SoundFile(
        os.fsencode(path), "w", sample_rate, channels, subtype, format=container or kinds[path.suffix]
    ) as file:
        file.write(samples)
    return path


def wait_for(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until `what` returns something true, and return that."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {getattr(what, '__name__', what)}")


Done = subprocess.CompletedProcess[str]


class Cli:
    """`takevoice` as its users run it: a process of its own."""

    @property
    def command(self) -> tuple[str, ...]:
        """The words that start takevoice, under the habits that `pytest --habit` names."""
        habits = os.environ.get("TAKEVOICE_HABITS")
        if habits:
            return (sys.executable, str(HABITS), habits, "takevoice")
        return (sys.executable, "-m", "takevoice")

    def __init__(self, home: Path) -> None:
        self.home = home
        self.state = home / "state"
        self.config_dir = home / "config" / "takevoice"

    @property
    def env(self) -> dict[str, str]:
        """What makes this home the one in force."""
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            # the same for Windows; platformdirs asks the system there, unless it is overridden
            "USERPROFILE": str(self.home),
            "APPDATA": str(self.home / "config"),
            "LOCALAPPDATA": str(self.home / "config"),
            "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(self.home / "config"),
            "TAKEVOICE_STATE": str(self.state),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def __call__(self, *words: object, check: int | None = 0, cwd: Path | None = None, **env: str) -> Done:
        """Run a command, which must end with the exit code `check` (None: any)."""
        return self.process(*words, check=check, cwd=cwd, **env)

    def process(
        self,
        *words: object,
        check: int | None = 0,
        prefix: tuple[str, ...] = (),
        cwd: Path | None = None,
        **env: str,
    ) -> Done:
        """Run a command as a process, behind another program's words where there is a `prefix`."""
        line = [*prefix, *self.command, *(os.fsencode(word) for word in texts(words))]
        env = {**os.environ, **self.env, **env}
        done = subprocess.run(
            line, capture_output=True, text=True, timeout=TIMEOUT, env=env, cwd=cwd or self.home
        )
        return ended(done, check)

    @contextmanager
    def background(self, *words: object) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command in the background; it is killed at the end, if it has not ended."""
        env = os.environ | self.env
        with (self.home / f"command-{time.monotonic_ns()}.log").open("wb") as file:
            process = subprocess.Popen([*self.command, *texts(words)], stdout=file, stderr=file, env=env, cwd=self.home)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def config(self, text: str) -> Path:
        """Write the user's config."""
        self.config_dir.mkdir(parents=True, exist_ok=True)
        path = self.config_dir / "takevoice.toml"
        path.write_text(text, "utf-8")
        return path

    def plugin(self, name: str | Path, text: str = "") -> Path:
        """Write a single-file plugin of that name, or copy one from its file."""
        source = (name.stem, name.read_text("utf-8")) if isinstance(name, Path) else (name, text)
        path = self.config_dir / "plugins" / f"{source[0]}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source[1], "utf-8")
        return path

    def jobs(self, *words: str) -> list[dict[str, Any]]:
        """Return the jobs as `takevoice jobs --json` prints them; read in this process, so that waiting costs little."""
        done = run_here(["jobs", "--json", *words], self.home, **self.env)
        return json.loads(ended(done, 0).stdout)  # type: ignore[no-any-return]

    def states(self) -> dict[str, str]:
        """Return the newest state by the take's name."""
        return {Path(job["path"]).name: job["state"] for job in self.jobs()}

    @contextmanager
    def daemon(self, *words: object, prefix: tuple[str, ...] = (), existing: bool = True) -> Iterator[Daemon]:
        """Run `takevoice run` in the background; it is stopped with SIGTERM at the end, which it must obey.

        `existing`: it also converts the takes that are there before.
        """
        words = (*words, "--existing") if existing else words
        log = self.home / f"daemon-{time.monotonic_ns()}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*prefix, *self.command, "run", *texts(words)],
                stdout=file,
                stderr=file,
                env=os.environ | self.env | {"PYTHONFAULTHANDLER": "1"},
                cwd=self.home,
            )
        daemon = Daemon(process, log, self.state / "logs" / "takevoice.log")
        try:
            wait_for(lambda: "watching" in daemon.log() or process.poll() is not None)
            yield daemon
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGABRT)  # its log says where each thread is
                    process.wait(15)
                    raise AssertionError(f"the daemon did not stop\n{daemon.log()}") from None
        assert "Traceback" not in daemon.log(), daemon.log()


class Command(Cli):
    """`takevoice` in this process, which is quick; `process` and `daemon` start one all the same."""

    def __call__(self, *words: object, check: int | None = 0, cwd: Path | None = None, **env: str) -> Done:
        """Run a command in this process, which must end with the exit code `check` (None: any)."""
        return ended(run_here(words, cwd or self.home, **{**self.env, **env}), check)


class Daemon:
    """A running `takevoice run`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, process_log: Path) -> None:
        self.process, self._log, self.process_log = process, log, process_log

    def log(self) -> str:
        """Return everything it has logged so far."""
        # A process without a console writes only to its own log.
        alone = "no_console" in os.environ.get("TAKEVOICE_HABITS", "")
        own = self.process_log
        text = own.read_text("utf-8", "replace") if alone and own.exists() else ""
        return self._log.read_text("utf-8", "replace") + text

    def says(self, text: str) -> None:
        """Wait until it has logged `text`, which may come a moment after the state in the ledger."""
        wait_for(lambda: text in self.log() or self._is_over())
        assert text in self.log(), f"not in the log: {text}\n{self.log()}"

    def _is_over(self) -> bool:
        return self.process.poll() is not None

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.process.wait()


def texts(words: Iterable[object]) -> list[str]:
    """The words of a command line."""
    return [str(word) for word in words]


def ended(done: Done, code: int | None) -> Done:
    """Check how a command ended."""
    if code is not None:
        assert done.returncode == code, (
            f"{done.args}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run_here(words: Iterable[object], cwd: Path, **env: str) -> Done:
    """Run a command in this process, and leave the process as it was: environment, folder, signals, logging."""
    from takevoice.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="", write_through=True) for _ in range(2))
    with (
        mock.patch.dict(os.environ, {"COLUMNS": "80", **env}),
        contextlib.chdir(cwd),
        same_signals(),
        fresh_logging(),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        warnings.simplefilter("ignore", ResourceWarning)  # a process that ends closes its files
        try:
            code = main(texts(words))
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
    said = (stream.buffer.getvalue().decode("utf-8") for stream in (out, err))
    return subprocess.CompletedProcess(texts(words), code, *said)


@contextmanager
def same_signals() -> Iterator[None]:
    """Put the handlers back, and interrupt what takes too long."""

    def too_late(*_: object) -> None:
        raise TimeoutError(f"the command did not end in {TIMEOUT} s")

    numbers = [number for name in ("SIGINT", "SIGTERM", "SIGALRM") if (number := getattr(signal, name, None))]
    before = [signal.getsignal(number) for number in numbers]
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, too_late)
        signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    try:
        yield
    finally:
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def fresh_logging() -> Iterator[None]:
    """Hide pytest's handlers, as in a process that has just begun; afterwards, all handlers and levels are as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in root.manager.loggerDict}
    root.handlers[:] = []
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in root.manager.loggerDict:
            logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
