"""takevoice init: a config with every key, commented."""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

from takevoice import audio
from takevoice.cli import FAILED, OK
from takevoice.errors import ConfigError, StorageError, printable
from takevoice.paths import absolute_path, config_dir
from takevoice.settings import CONFIG_NAME, config_template
from takevoice.settings.proposal import Proposal, propose
from takevoice.system.patience import NoAnswer, within
from takevoice.watch import candidates

PATIENCE = 5.0  # seconds for the folder's file system
MOST = 5000  # names
SHOWN = 6  # tracks


def run(args: argparse.Namespace) -> int:
    """Write the config; one that is there is never overwritten."""
    path = args.config or config_dir() / CONFIG_NAME
    folder = args.folder if args.folder.startswith("~") else str(Path(args.folder).absolute())
    proposal = propose(_names(absolute_path(Path(args.folder))))
    content = _content(folder, proposal.pattern if proposal else None)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        print(f"{printable(path)} is there already and stays as it is; --config FILE writes another one")
        return FAILED
    except OSError as error:
        raise StorageError(
            f"cannot be written: {error.strerror}",
            where=str(path),
            hint="name another place with --config FILE",
        ) from error
    print(
        f"{printable(path.absolute())} is written. Set what you want in it, then start `takevoice run{'' if args.config is None else f' --config {path}'}`."
    )
    if proposal:
        print(_explained(proposal))
    elif _is_missing(absolute_path(Path(args.folder))):
        print(f"{printable(folder)} is not there yet: make it, or correct `folder` in the config.")
    return OK


def _names(folder: Path) -> list[str]:
    """Return the names of takes in a folder, without extensions; none where it cannot be looked at at once."""
    try:
        found = within(PATIENCE, folder, lambda: list(itertools.islice(candidates(folder, audio.watched_suffixes()), MOST)))
    except (NoAnswer, OSError):
        return []
    return [path.stem for path in found]


def _is_missing(folder: Path) -> bool:
    try:
        return not within(PATIENCE, folder, folder.exists)
    except (NoAnswer, OSError):
        return False


def _explained(proposal: Proposal) -> str:
    tracks = [f"{printable(track)} ({count})" for track, count in proposal.tracks.items()]
    more = f" and {len(tracks) - SHOWN} more" if len(tracks) > SHOWN else ""
    return (
        f"{proposal.fitting} of {proposal.names} names there look like {proposal.pattern}, so it says `track = \"{proposal.pattern}\"`: "
        f"{', '.join(tracks[:SHOWN])}{more}. Correct it if that is wrong: `takevoice explain FILE` shows the track of a file."
    )


def _content(folder: str, track: str | None) -> bytes:
    """Return the config; raises ConfigError when it cannot hold the name of the folder, as TOML is UTF-8."""
    try:
        return config_template(folder, track).encode()
    except UnicodeEncodeError as error:
        raise ConfigError(
            "has bytes in its name that are no UTF-8, which a config cannot hold",
            where=folder,
            hint="rename it, or name it at each start: `takevoice run FOLDER`",
        ) from error
