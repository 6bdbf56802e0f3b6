"""takevoice install: copies scripts to editors, starts takevoice at login, and prints the steps left to the user."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.arguments.install import SERVICE
from takevoice.cli.install.files import CURRENT, compare
from takevoice.cli.install.plan import OBSOLETE, Plan, install, obsolete, uninstall
from takevoice.cli.install.report import print_done, print_steps, print_title
from takevoice.errors import ConfigError
from takevoice.paths import StateDir, absolute_path


def run(args: argparse.Namespace) -> int:
    """Install, remove or describe a target."""
    into = list(dict.fromkeys(absolute_path(folder) for folder in args.into))
    if args.target == SERVICE:
        return _service(args, into)
    module = importlib.import_module(f"takevoice.cli.install.{args.target}")
    installs = not (args.status or args.remove)
    plans: Sequence[Plan] = module.plans(into, args.state, check=installs, install=installs and not args.dry_run)
    if args.status:
        return _describe(plans)
    if args.remove:
        return _remove(plans, dry_run=args.dry_run)
    for plan in plans:
        print_title(plan.title)
        print_done(install(plan, dry_run=args.dry_run), dry_run=args.dry_run)
    print_steps(merged([plan.steps for plan in plans]))
    return OK


def merged(lists: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the steps of several plans as one list, each step once: those that the plans share at the end stay there."""
    backwards = zip_longest(*(reversed(steps) for steps in reversed(lists)))
    return list(dict.fromkeys(step for group in backwards for step in group if step))[::-1]


def _remove(plans: Sequence[Plan], *, dry_run: bool) -> int:
    """Uninstall each plan, and print what is left to the user."""
    nothing = True
    for plan in plans:
        done = list(uninstall(plan, dry_run=dry_run))
        if done:
            print_title(plan.title)
            print_done(done, dry_run=dry_run)
            nothing = False
    if nothing:
        print("Nothing is installed.")
    if steps := merged([plan.steps_after_removal for plan in plans]):
        print_steps(steps)
    return OK


def _describe(plans: Sequence[Plan]) -> int:
    """Print the state of each file; exit code 1 unless all are there as this version installs them."""
    well = True
    for plan in plans:
        print_title(plan.title if len(plans) > 1 else "")
        states = [*compare(plan.files), *((path, OBSOLETE) for path in obsolete(plan))]
        print_done(states)
        well = well and all(state == CURRENT for _, state in states)
        if not states:
            print("There are no files to install.")
    return OK if well else FAILED


def _service(args: argparse.Namespace, into: Sequence[Path]) -> int:
    if len(into) > 1:
        raise ConfigError("--into names one folder for a login service")
    # Imported here because they need the settings, which the other targets do without.
    from takevoice.cli.install.service import ServiceInstaller
    from takevoice.system.login import Setup, login_service, run

    state, folder = args.state, next(iter(into), None)
    installer = ServiceInstaller(login_service(Setup.current(state, folder)), StateDir(state), run)
    if args.status:
        return installer.describe()
    action = installer.remove if args.remove else installer.install
    return action(dry_run=args.dry_run, by_hand=folder is not None)
