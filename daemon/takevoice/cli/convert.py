"""takevoice convert: files, now."""

from __future__ import annotations

import argparse
import contextlib
import logging
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.common import PlainScreen, add_config, add_request, start_logging, workplace_of
from takevoice.cli.converting import Converter
from takevoice.errors import AudioError, ConfigError, StorageError, one_line
from takevoice.jobs import Job, State
from takevoice.settings import parse_overrides
from takevoice.statedir import whole
from takevoice.worker.planning import Wish

log = logging.getLogger("takevoice")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.epilog = """\
examples:
  takevoice convert take.wav --voice george
  takevoice convert *.wav --track "Lead Vox" --set stability=0.4 --set seed=7
  takevoice convert take.wav --out ~/Desktop/hero.wav
The path of each result is printed. A file that is converted already, with the same settings, is not converted again."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    add_request(parser)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="the result's path, or a folder for it; nothing is ever overwritten",
    )
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """Converts each file; exit code 1 when one failed."""
    wish = wish_of(args)
    files = [whole(path) for path in args.files]
    if wish.out and len(files) > 1 and not wish.out.is_dir():
        raise ConfigError(
            "several files need a folder", where=f"--out {args.out}", hint="name one that is there"
        )
    workplace = workplace_of(args)
    start_logging(workplace.state, PlainScreen(times=False))
    bad = 0
    with Converter(workplace) as converter:
        waiting: list[Job] = []
        for path in files:
            if not path.exists():
                log.error("%s: there is no such file", one_line(path))
                bad += 1
                continue
            done = None
            with contextlib.suppress(AudioError, StorageError):  # the job will say it
                if len(files) > 1 and path.is_file() and converter.is_ours(path):
                    log.info("%s is a result of takevoice; name it alone to convert it", one_line(path.name))
                    continue
                done = converter.finished(path, wish) if path.is_file() else None
            if done is not None and wish.out is None:
                log.info("%s is converted already", one_line(path.name))
                print(one_line(done.output))
            else:
                waiting.append(converter.submit(path, wish))
        for job in waiting:
            ended = converter.wait(job)
            bad += ended.state is not State.DONE
            if ended.state is State.DONE:
                print(one_line(ended.output))
    return FAILED if bad else OK


def wish_of(args: argparse.Namespace) -> Wish:
    """What the options ask for."""
    overrides = parse_overrides([*args.pairs, *([f'voice="{args.voice}"'] if args.voice else [])])
    out = getattr(args, "out", None)
    return Wish(args.track, overrides, whole(out) if out else None, again=True)
