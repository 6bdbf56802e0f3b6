"""takevoice install: copies scripts to editors, starts takevoice at login, and prints the steps left to the user."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.arguments.install import SERVICE
from takevoice.cli.install.files import CURRENT, Plan, compare, put, remove
from takevoice.cli.install.report import print_done, print_steps
from takevoice.paths import StateDir, absolute_path


def run(args: argparse.Namespace) -> int:
    """Install, remove or describe a target."""
    into = args.into and absolute_path(args.into)
    if args.target == SERVICE:
        return _service(args, into)
    module = importlib.import_module(f"takevoice.cli.install.{args.target}")
    install = not (args.status or args.remove or args.dry_run)
    plan: Plan = module.plan(into, args.state, install=install)
    if args.status:
        return _describe(plan)
    if args.remove:
        done = list(remove(plan.files, dry_run=args.dry_run))
        print_done(done, dry_run=args.dry_run)
        if not done:
            print("Nothing is installed.")
        return OK
    print_done(put(plan.files, dry_run=args.dry_run), dry_run=args.dry_run)
    print_steps(plan.steps)
    return OK


def _describe(plan: Plan) -> int:
    """Print the state of each file; exit code 1 unless all are there as this version installs them."""
    states = list(compare(plan.files))
    print_done(states)
    if not states:
        print("There are no files to install.")
    return OK if all(state == CURRENT for _, state in states) else FAILED


def _service(args: argparse.Namespace, into: Path | None) -> int:
    # Imported here because they need the settings, which the other targets do without.
    from takevoice.cli.install.service import ServiceInstaller
    from takevoice.system.login import Setup, login_service, run

    state = args.state
    installer = ServiceInstaller(login_service(Setup.current(state, into)), StateDir(state), run)
    if args.status:
        return installer.describe()
    action = installer.remove if args.remove else installer.install
    return action(dry_run=args.dry_run, by_hand=into is not None)
