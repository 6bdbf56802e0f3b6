"""takevoice install: copies scripts to editors, starts takevoice at login, and prints the steps left to the user."""

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
    "audacity": "how to enable `takevoice audacity`",
    "service": "start takevoice at login",
}
"""The targets, each a module of this package with a function `plan(into, state) -> Plan`."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the target and the options."""
    parser.add_argument(
        "target",
        choices=TARGETS,
        metavar="TARGET",
        help="; ".join(f"{name}: {text}" for name, text in TARGETS.items()),
    )
    parser.add_argument(
        "--into", type=Path, metavar="DIR", help="the editor's folder, if it is not the usual one"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be written, but write nothing"
    )
    parser.epilog = (
        "A file that differs from the new one is kept with .bak added. Run the command again after an update."
    )


def run(args: argparse.Namespace) -> int:
    """Write the files and print the steps that are left to the user."""
    module = importlib.import_module(f"takevoice.cli.install.{args.target}")
    into = args.into and absolute_path(args.into)
    plan: Plan = module.plan(into, state_dir(args.state))
    for path, done in put(plan.files, dry_run=args.dry_run):
        print(f"{f'would be {done}' if args.dry_run and done != 'unchanged' else done:<18} {path}")
    print()
    for number, step in enumerate(plan.steps, 1):
        print(f"{number}. {step}")
    return OK
