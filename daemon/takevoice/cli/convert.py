"""takevoice convert: files, now."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.common import (
    PlainScreen,
    environment_of,
    options_from,
    start_logging,
)
from takevoice.cli.converting import Converter
from takevoice.errors import AudioError, BackendBusy, ConfigError, StorageError, printable
from takevoice.holds import HoldReason
from takevoice.jobs import Job, State
from takevoice.paths import absolute_path
from takevoice.system.access import advice
from takevoice.system.process import until_stopped

log = logging.getLogger("takevoice")


def run(args: argparse.Namespace) -> int:
    """Convert each file; exit code 1 when one failed."""
    options = options_from(args)
    files = [absolute_path(path) for path in args.files]
    if options.output:
        _check_out(options.output, args.out, len(files))
    environment = environment_of(args)
    start_logging(environment.state, PlainScreen(times=False))
    bad = 0
    with until_stopped() as stopped, Converter(environment, stopped) as converter:
        waiting: list[Job] = []
        for path in files:
            if not path.exists() or path.is_dir():
                wrong = "is a folder; `takevoice run --once FOLDER` converts the takes in it" if path.is_dir() else "there is no such file"
                log.error("%s: %s", printable(path), wrong)
                bad += 1
                continue
            done = None
            with contextlib.suppress(AudioError, StorageError, BackendBusy):  # the job reports it, or waits
                if len(files) > 1 and path.is_file() and converter.is_result(path):
                    log.info("%s is a result of takevoice; name it alone to convert it", printable(path.name))
                    continue
                done = converter.finished(path, options) if path.is_file() else None
            if done is not None:
                log.info("%s is converted already", printable(path.name))
                print(printable(done.output))
            else:
                waiting.append(converter.submit(path, options))
        for job in waiting:
            ended = converter.wait(job)
            made = converter.candidates(ended) if ended.error_code == HoldReason.PICK.code else []
            bad += ended.state is not State.DONE and not made
            for path in made:
                print(printable(path))
            if ended.state is State.DONE:
                print(printable(ended.output))
    return FAILED if bad else OK


def _check_out(path: Path, given: str, files: int) -> None:
    """Make the folder that --out names with a / at its end; raise ConfigError where that, or the path, is not possible."""
    where = f"--out {given}"
    if given.endswith(("/", os.sep)) and not path.is_dir():
        try:
            path.mkdir()
        except FileNotFoundError as error:
            raise ConfigError(f"{path.parent} does not exist", where=where, hint="make that folder first") from error
        except OSError as error:
            raise ConfigError(f"cannot be made: {error.strerror}", where=where, hint=advice(error)) from error
    if files > 1 and not path.is_dir():
        raise ConfigError(
            "several files need a folder", where=where, hint="name one that is there, or end the name with /"
        )
