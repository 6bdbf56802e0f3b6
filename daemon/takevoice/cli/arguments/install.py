"""The arguments of `takevoice install`."""

from __future__ import annotations

import argparse
from pathlib import Path

SERVICE = "service"
TARGETS = {
    "ardour": "actions and hooks for Ardour 7 and newer",
    "reaper": "actions for REAPER 6 and newer",
    "audacity": "how to enable `takevoice audacity`",
    SERVICE: "start takevoice at login",
}
"""The targets, each a module of `takevoice.cli.install`; those of editors have a function `plans(into, state, *, check, install)`.

`check`: False to look, or to remove: the folders named by `into` need not be an editor's, then. `install`: False where
nothing may be created, not even the state dir.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the target and the options."""
    parser.add_argument(
        "target",
        choices=TARGETS,
        metavar="TARGET",
        help="; ".join(f"{name}: {text}" for name, text in TARGETS.items()),
    )
    parser.add_argument(
        "--into",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="the editor's folder, instead of all that are found (repeatable); it is remembered for updates; with service, only write the file there",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be done, but write, delete and run nothing"
    )
    parser.add_argument("--verbose", action="store_true", help="list every file")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--remove", action="store_true", help="uninstall: delete the files, but none that you have edited; stop the service")
    action.add_argument("--status", action="store_true", help="show what is installed, and whether it runs")
    parser.epilog = (
        "A file that you have edited is kept with .bak added. Run the command again after an update."
    )
