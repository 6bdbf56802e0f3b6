"""`takevoice voices fetch`."""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from takevoice import Commands, errors
from takevoice_plugins.neural.models import OPENVOICE, Model, ModelFile, folder_of, problem_with

QUESTION = "Fetch it, under this licence, for voices of people who agree? [y/N] "


def register(cli: Commands) -> None:
    """Add the command to `cli`."""
    cli.add("voices fetch", "fetch the model of the neural backend, once; afterwards it works offline", _configure, _fetch)


def _configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="accept the licence, instead of being asked")
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--from",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help=f"copy the files from this folder: {', '.join(file.name for file in OPENVOICE.files)}",
    )
    source.add_argument("--mirror", metavar="URL", help="fetch the files from below this address instead of the publisher's")
    parser.add_argument("--replace", action="store_true", help="fetch the model again")


def _fetch(args: argparse.Namespace) -> int:
    model, folder = OPENVOICE, folder_of(args.state)
    if not args.replace and not problem_with(folder, model):
        print(f"{model.name} is there already: {errors.printable(folder)}")
        return 0
    source = args.folder or args.mirror or model.source
    print(f"{model.title}\n  licence: {model.licence}\n  size: {model.size / 1e6:.0f} MB, and as much on disk")
    print(f"  from: {errors.printable(source)}\n  to: {errors.printable(folder)}")
    print("  It gives a take the voice of recordings. Use it only for voices of people who agree to it.")
    confirmation = _confirmation(args.yes)
    # Imported here, so that the other commands need no HTTP client.
    from takevoice_plugins.neural.fetch import fetch, take_from

    if args.folder is not None:
        _tell(take_from(model, args.folder, folder, confirmation), folder)
    else:
        fetch(model, source, folder, confirmation, _Progress(model))
        print("checksums are right, and kept")
    return 0


def _tell(others: list[ModelFile], folder: Path) -> None:
    print("checksums kept" + ("; these are not the published files" if others else ""))
    for file in others:
        size = (folder / file.name).stat().st_size
        how = f"has {size} bytes, the published one {file.size}" if size != file.size else "differs from the published one"
        print(f"warning: {file.name} {how}: if it is no model of your own, the copy is damaged", file=sys.stderr)


def _confirmation(given: bool) -> str:
    """Return how and when the licence was accepted; raises ConfigError if it was not."""
    today = datetime.date.today().isoformat()
    if given:
        return f"accepted with --yes on {today}"
    if sys.stdin.isatty() and input(QUESTION).strip().casefold() in ("y", "yes"):
        return f"accepted at the terminal on {today}"
    raise errors.ConfigError("the model was not fetched: its licence has to be accepted", hint="if you accept it, add --yes")


class _Progress:
    """Shows how much has arrived, on a terminal."""

    def __init__(self, model: Model) -> None:
        self._size, self._shown = model.size, -1

    def __call__(self, done: int) -> None:
        percent = 100 * done // self._size
        if percent == self._shown or not sys.stderr.isatty():
            return
        self._shown = percent
        end = "\n" if done >= self._size else ""
        print(f"\r{done / 1e6:.0f} of {self._size / 1e6:.0f} MB, {percent} %", end=end, file=sys.stderr, flush=True)
