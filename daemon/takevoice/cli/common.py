"""Parts that several commands share: options, the environment, log lines."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import logging.handlers
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from takevoice.errors import LedgerError
from takevoice.jobs import JobOptions
from takevoice.paths import StateDir, absolute_path
from takevoice.service.environment import Environment, load_environment
from takevoice.service.office import Office, open_office
from takevoice.settings import parse_overrides, warn_ignored
from takevoice.system.access import advice
from takevoice.system.private import private_file, private_folder

LOG_SIZE, LOG_FILES = 1_000_000, 3  # bytes, and how many old ones are kept


def environment_of(
    args: argparse.Namespace, folders: Sequence[Path] = (), on_ignored: Callable[[Path], None] = warn_ignored
) -> Environment:
    """Return the config, plugins and state dir for a command. `on_ignored` gets each config that is not used."""
    config = getattr(args, "config", None)
    return load_environment(state=args.state, config=config, folders=folders, on_ignored=on_ignored)


def reading_office(args: argparse.Namespace) -> AbstractContextManager[Office]:
    """Open the office for a command that only looks."""
    return open_office(args.state, getattr(args, "config", None), read_only=True, on_ignored=warn_ignored)


def options_from(args: argparse.Namespace) -> JobOptions:
    """Return what the options of a request ask for."""
    out = getattr(args, "out", None)
    return JobOptions(args.track, overrides_from(args), absolute_path(Path(out)) if out else None)


def overrides_from(args: argparse.Namespace) -> dict[str, Any]:
    """Return the settings that are given; raises ConfigError."""
    given = {name: getattr(args, name, None) for name in ("voice", "candidates", "pick")}
    words = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items() if value]
    return parse_overrides([*args.pairs, *words])


def start_logging(state: StateDir, screen: logging.Handler, level: int = logging.INFO) -> None:
    """Send log lines from `level` to the screen, and all with details to logs/takevoice.log in the state dir.

    Raises:
        LedgerError: the state dir cannot be written.
    """
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    for noisy in ("watchdog", "httpx", "httpcore", "urllib3", "keyring"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    screen.setLevel(level)
    root.addHandler(screen)
    try:
        private_folder(state.path)
        private_folder(state.logs)
        private_file(state.logs / "takevoice.log")
        file = LogFile(
            state.logs / "takevoice.log",
            maxBytes=LOG_SIZE,
            backupCount=LOG_FILES,
            encoding="utf-8",
            errors="backslashreplace",
            screen=screen,
        )
    except OSError as error:
        raise LedgerError(
            f"the state dir cannot be written: {error.strerror}",
            where=str(state.path),
            hint="give another one with --state DIR",
        ) from error
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))
    root.addHandler(file)


class LogFile(logging.handlers.RotatingFileHandler):
    """A log file that keeps growing while another process has it open, because Windows then refuses to rename it.

    A full disk keeps nothing else from going on: it is reported once on the `screen`, and lines are missing in the file.
    """

    def __init__(self, path: Path, *, screen: logging.Handler, **options: Any) -> None:
        """`options` are those of `RotatingFileHandler`."""
        super().__init__(path, **options)
        self._screen = screen
        self._refused = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say once that the file cannot be written."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
        elif not self._refused:
            self._refused = True
            text = f"{self.baseFilename} cannot be written: {error.strerror or error}; {advice(error)}. Lines are missing in it until then"
            self._screen.handle(logging.LogRecord("takevoice", logging.WARNING, __file__, 0, text, None, None))

    def close(self) -> None:
        """Close the file, also when what is left cannot be written to it."""
        with contextlib.suppress(OSError):
            super().close()

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Start a new file, if the old one can be renamed now."""
        if self.stream:
            self.stream.close()
        path, trial = Path(self.baseFilename), Path(f"{self.baseFilename}.trial")
        try:
            path.rename(trial).rename(path)
            super().doRollover()
        except OSError:
            self.stream = self._open()


class PlainScreen(logging.StreamHandler):  # type: ignore[type-arg]
    """Plain lines on standard error; a traceback stays in the log file."""

    def __init__(self, *, times: bool) -> None:
        super().__init__()
        self._times = times

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, with the time where the command runs for long."""
        text = record.getMessage()
        if record.exc_info:
            text += " (details in the log)"
        if record.levelno >= logging.WARNING:
            text = f"{record.levelname.lower()}: {text}"
        return f"{logging.Formatter().formatTime(record, '%H:%M:%S')} {text}" if self._times else text
