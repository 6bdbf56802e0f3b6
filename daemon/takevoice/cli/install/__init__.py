"""takevoice install: copies scripts to editors, starts takevoice at login, and prints the steps left to the user."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from takevoice.cli import FAILED, OK, USAGE
from takevoice.cli.arguments.install import SERVICE
from takevoice.cli.install.files import CURRENT, compare
from takevoice.cli.install.places import Places
from takevoice.cli.install.plan import OBSOLETE, Plan, install, obsolete, uninstall
from takevoice.cli.install.report import print_absent, print_done, print_steps, print_title
from takevoice.cli.install.selection import Selection, select
from takevoice.errors import ConfigError, TakevoiceError
from takevoice.paths import StateDir, absolute_path


def run(args: argparse.Namespace) -> int:
    """Install, remove or describe a target; a folder that has a problem does not hold up the others."""
    into = list(dict.fromkeys(absolute_path(folder) for folder in args.into))
    if args.target == SERVICE:
        return _service(args, into)
    module = importlib.import_module(f"takevoice.cli.install.{args.target}")
    installs = not (args.status or args.remove)

    def make(folders: Sequence[Path]) -> Sequence[Plan]:
        plans: Sequence[Plan] = module.plans(folders, args.state, check=installs, install=installs and not args.dry_run)
        return plans

    places = Places(StateDir(args.state), args.target)
    selection = select(make, into, places)
    code = (_describe if args.status else _remove if args.remove else _install)(args, selection, places)
    for problem in selection.problems:
        print(f"takevoice: {problem}", file=sys.stderr)
    if any(isinstance(problem, ConfigError) for problem in selection.problems):
        return USAGE
    return FAILED if selection.problems else code


def _install(args: argparse.Namespace, selection: Selection, places: Places) -> int:
    steps = []
    for folder, plan in selection.plans:
        try:
            done = list(install(plan, dry_run=args.dry_run))
            if folder and plan.record and not args.dry_run:
                places.add(folder)
        except TakevoiceError as error:
            selection.problems.append(error)
            continue
        print_title(plan.title)
        print_done(done, dry_run=args.dry_run, brief=not args.verbose)
        steps.append(plan.steps)
    print_absent(selection.absent)
    if steps:
        print_steps(merged(steps))
    return OK


def merged(lists: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the steps of several plans as one list, each step once: those that the plans share at the end stay there."""
    backwards = zip_longest(*(reversed(steps) for steps in reversed(lists)))
    return list(dict.fromkeys(step for group in backwards for step in group if step))[::-1]


def _remove(args: argparse.Namespace, selection: Selection, places: Places) -> int:
    """Uninstall each plan, and print what is left to the user."""
    nothing, steps = not selection.absent and not selection.problems, []
    for folder, plan in selection.plans:
        try:
            done = list(uninstall(plan, dry_run=args.dry_run))
            if folder and not args.dry_run:
                places.forget(folder)
        except TakevoiceError as error:
            selection.problems.append(error)
            nothing = False
            continue
        steps.append(plan.steps_after_removal)
        if done:
            print_title(plan.title)
            print_done(done, dry_run=args.dry_run, brief=not args.verbose)
            nothing = False
    print_absent(selection.absent)
    if nothing:
        print("Nothing is installed.")
    if left := merged(steps):
        print_steps(left)
    return OK


def _describe(_args: argparse.Namespace, selection: Selection, _places: Places) -> int:
    """Print the state of each file; exit code 1 unless all are there as this version installs them."""
    well, several = True, len(selection.plans) + len(selection.absent) > 1
    for _, plan in selection.plans:
        print_title(plan.title if several else "")
        try:
            states = [*compare(plan.files), *((path, OBSOLETE) for path in obsolete(plan))]
        except TakevoiceError as error:
            selection.problems.append(error)
            continue
        print_done(states)
        well = well and all(state == CURRENT for _, state in states)
        if not states:
            print("There are no files to install.")
    print_absent(selection.absent)
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
