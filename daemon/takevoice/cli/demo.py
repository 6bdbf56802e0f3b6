"""takevoice demo: something to hear without owning a take."""

from __future__ import annotations

import argparse
import importlib.resources
import logging
from dataclasses import replace
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.common import PlainScreen, environment_of, start_logging
from takevoice.cli.converting import Converter
from takevoice.errors import StorageError, printable
from takevoice.jobs import JobOptions, State
from takevoice.paths import absolute_path
from takevoice.system.process import until_stopped

VOICES = 3  # voices that each take is converted to


def run(args: argparse.Namespace) -> int:
    """Write the takes and convert each to a few voices of the local engine."""
    folder = absolute_path(args.folder)
    takes = write_takes(folder)
    environment = environment_of(args)
    start_logging(environment.state, PlainScreen(times=False))
    # A demo costs nothing, whatever key there is.
    config = environment.config
    config.loaded = replace(config.loaded, settings=config.settings.model_copy(update={"backend": "local"}))
    voices = [voice.name for voice in environment.plugins.voices("local")][:VOICES]
    logging.getLogger("takevoice").setLevel(logging.WARNING)
    bad = 0
    with until_stopped() as stopped, Converter(environment, stopped) as converter:
        jobs = {}
        for take in takes:
            for voice in voices:
                options = JobOptions(overrides={"voice": voice}, force=True)
                jobs[take, voice] = converter.finished(take, options)[0] or converter.submit(take, options)
        for take in takes:
            print(f"original  {printable(take)}")
            for voice in voices:
                job = jobs[take, voice]
                ended = job if job.state is State.DONE else converter.wait(job)
                bad += ended.state is not State.DONE
                print(f"  {voice:<8}{printable(ended.output or ended.error)}")
    print(
        "Listen to them; then `takevoice run FOLDER` does the same for every take that you render to FOLDER."
    )
    return FAILED if bad else OK


def write_takes(folder: Path) -> list[Path]:
    """Put the demo takes into the folder; existing ones stay as they are."""
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source in sorted(
            (importlib.resources.files("takevoice") / "demo_takes").iterdir(), key=lambda s: s.name
        ):
            if source.name.endswith(".flac"):
                path = folder / source.name
                if not path.exists():
                    path.write_bytes(source.read_bytes())
                paths.append(path)
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}",
            where=str(folder),
            hint="name another folder: `takevoice demo FOLDER`",
        ) from error
    return paths
