"""`takevoice audacity`: converts the selection in a running Audacity to a new track at the same position."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from takevoice import hookimpl

if TYPE_CHECKING:
    from takevoice import Commands


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--voice", help="a voice, by name or id")
    parser.add_argument(
        "--track", help="use the settings of this track, instead of the one named like Audacity's"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="pairs", help="any track setting"
    )
    parser.epilog = (
        "Audacity must be running with mod-script-pipe enabled (Preferences > Modules), "
        "and part of one audio track must be selected."
    )


def _run(args: argparse.Namespace) -> int:
    from takevoice_plugins.audacity.selection import convert_selection

    options = [f"--voice={args.voice}"] if args.voice else []
    options += [f"--set={pair}" for pair in args.pairs]
    options += [f"--state={args.state}"] if args.state else []
    print(convert_selection(args.track, options, args.state))
    return 0


@hookimpl
def register_commands(cli: Commands) -> None:
    """Add `takevoice audacity`."""
    cli.add("audacity", "convert the selection in Audacity to a new track", _configure, _run)
