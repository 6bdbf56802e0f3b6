"""`takevoice audacity`: converts what is selected in a running Audacity, onto a new track at the same place."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from takevoice import hookimpl

if TYPE_CHECKING:
    from takevoice import Commands


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--voice", help="a voice, by name or id")
    parser.add_argument("--track", help="the track whose settings hold; else the name of Audacity's track")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="pairs", help="any track setting"
    )
    parser.epilog = "Audacity must run, with mod-script-pipe enabled (Preferences > Modules), and a part of one audio track be selected."


def _run(args: argparse.Namespace) -> int:
    from takevoice_plugins.audacity.selection import convert_selection

    given = [f"--voice={args.voice}"] if args.voice else []
    given += [f"--set={pair}" for pair in args.pairs]
    given += [f"--state={args.state}"] if args.state else []
    print(convert_selection(args.track, given, args.state))
    return 0


@hookimpl
def register_commands(cli: Commands) -> None:
    """Adds `takevoice audacity`."""
    cli.add("audacity", "convert what is selected in Audacity, onto a new track", _configure, _run)
