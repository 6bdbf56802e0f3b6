"""takevoice plugins: which there are, where from, and what they hook."""

from __future__ import annotations

import argparse
import dataclasses
import json

from takevoice.cli import OK
from takevoice.cli.common import environment_of
from takevoice.errors import printable


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
