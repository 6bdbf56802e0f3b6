"""takevoice install: puts scripts into editors, and takevoice into the login; says which clicks remain."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from takevoice.cli import OK
from takevoice.cli.install.files import Plan, put
from takevoice.paths import absolute_path, state_dir

TARGETS = {
    "ardour": "actions and hooks for Ardour 7 and newer",
    "reaper": "actions for REAPER 6 and newer",
    "audacity": "the clicks that let `takevoice audacity` in",
    "service": "start takevoice with your login",
}
"""What can be installed; each is a module of this package with `plan(into, state) -> Plan`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments."""
    parser.add_argument(
        "target",
        choices=TARGETS,
        metavar="TARGET",
        help="; ".join(f"{name}: {text}" for name, text in TARGETS.items()),
    )
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="the editor's folder, where it is not the usual one"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")
    parser.epilog = "A file that you have changed is kept beside the new one, with .bak added. Run it again after an update."


def run(args: argparse.Namespace) -> int:
    """Writes the files and prints what is left to do."""
    module = importlib.import_module(f"takevoice.cli.install.{args.target}")
    into = args.into and absolute_path(args.into)
    plan: Plan = module.plan(into, state_dir(args.state))
    for path, done in put(plan.files, dry_run=args.dry_run):
        print(f"{f'would be {done}' if args.dry_run and done != 'unchanged' else done:<18} {path}")
    print()
    for number, step in enumerate(plan.steps, 1):
        print(f"{number}. {step}")
    return OK
