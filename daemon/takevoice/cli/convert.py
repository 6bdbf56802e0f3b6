"""takevoice convert: files, now."""

from __future__ import annotations

import argparse
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
from takevoice.errors import (
    AudioError,
    BackendBusy,
    ConfigError,
    NotAudio,
    StorageError,
    UnsupportedAudio,
    printable,
)
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
    if options.output and any(path.is_file() for path in files):
        _check_out(options.output, args.out, len(files))
    environment = environment_of(args)
    start_logging(environment.state, PlainScreen(times=False))
    bad = 0
    with until_stopped() as stopped, Converter(environment, stopped) as converter:
        waiting: list[Job] = []
        for path in map(converter.place_of, files):
            if not path.exists():
                log.error("%s: there is no such file", printable(path))
                bad += 1
                continue
            done, price = None, ""
            try:
                if len(files) > 1 and path.is_file() and converter.is_result(path):
                    log.info("%s is a result of takevoice; name it alone to convert it", printable(path.name))
                    continue
                if path.is_file() or path.is_dir():
                    done, price = converter.finished(path, options)
            except (NotAudio, UnsupportedAudio) as error:  # no take, or not to be called so: there is nothing to try again
                log.error("%s", error)
                bad += 1
                continue
            except (AudioError, StorageError, BackendBusy):
                pass  # the job reports it, or waits
            if done is not None:
                log.info("%s is converted already", printable(path.name))
                print(printable(done.output))
            else:
                if price:
                    log.info("%s: %s", printable(path.name), price)
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
