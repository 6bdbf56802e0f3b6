"""The arguments of `takevoice retry`."""

from __future__ import annotations

import argparse

from takevoice.cli.arguments.shared import FOLDER_HELP, add_config, add_settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to the parser."""
    parser.epilog = """\
examples:
  takevoice retry 12
  takevoice retry ~/Exports         all takes in the folder that have failed
  takevoice retry --failed
  takevoice retry 12 --voice george --set stability=0.4
A running `takevoice run` starts the jobs at once; otherwise the next one does. Responses that you have
already paid for are reused if the settings ask for the same, except one that does not resemble its take."""
    parser.add_argument(
        "jobs", nargs="*", metavar="JOB|FILE|FOLDER", help=FOLDER_HELP.format(which="takes that have failed")
    )
    add_settings(parser)
    parser.add_argument(
        "--failed", action="store_true", help="start all failed jobs again whose takes are still there"
    )
    parser.add_argument(
        "--all", action="store_true", help="start all failed and cancelled jobs again whose takes are still there"
    )
    add_config(parser)
