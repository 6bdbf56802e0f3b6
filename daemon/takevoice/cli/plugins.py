"""takevoice plugins: which there are, where from, and what they hook."""

from __future__ import annotations

import argparse
import dataclasses
import json

from takevoice.cli import OK
from takevoice.cli.common import add_config, environment_of
from takevoice.errors import printable


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    add_config(parser)


def run(args: argparse.Namespace) -> int:
    """List the plugins; those switched off with the reason."""
    infos = environment_of(args).plugins.infos
    if args.json:
        print(json.dumps([dataclasses.asdict(info) for info in infos], indent=2))
        return OK
    for info in infos:
        print(
            f"{info.name:<12} {printable(info.source)}\n{'':<12} {'switched off: ' + info.problem if info.problem else ', '.join(info.hooks)}"
        )
    return OK
