"""The speakers that are known: those of tracks, learned from their takes, and those that were given a name."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import replace
from pathlib import Path

from takevoice import errors, private_folder, write_atomic
from takevoice_plugins.local.speaker import Speaker, from_text, to_text

log = logging.getLogger(__name__)

FOLDER = "speakers"
SUFFIX = ".speaker.json"
TRACKS = "tracks"  # the subfolder of what was learned without being asked
MAX_BYTES = 1_000_000


class SpeakerStore:
    """The speakers in a folder of the state dir: a small file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of_track(self, place: Path, track: str) -> Path:
        """Return the file of the speaker of a track, of the takes in the folder `place`."""
        key = hashlib.sha256(f"{place}\n{track}".encode("utf-8", "surrogateescape")).hexdigest()[:12]
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", track)[:40].strip("-")
        return self.folder / TRACKS / f"{name or 'track'}-{key}{SUFFIX}"

    def named(self, name: str) -> Path:
        """Return the file of a named speaker; raises ConfigError if the name is not allowed."""
        if not re.fullmatch(r"\w(?:[\w '.-]{0,58}[\w'])?", name) or name.casefold() in ("auto", "take"):
            raise errors.ConfigError(
                f'"{errors.printable(name)}" cannot be the name of a speaker',
                hint="use up to 60 letters, digits, spaces, dots and dashes, but not auto or take",
            )
        return self.folder / f"{name.casefold()}{SUFFIX}"

    def names(self) -> list[str]:
        """Return the named speakers, sorted."""
        return sorted(path.name.removesuffix(SUFFIX) for path in self.folder.glob(f"*{SUFFIX}"))

    def find(self, name: str) -> Speaker:
        """Return a named speaker.

        Raises:
            BackendError: there is none of that name, or its file is damaged.
        """
        path = self.named(name)
        speaker = read(path)
        if speaker is None:
            known = ", ".join(self.names())
            raise errors.BackendError(
                f'there is no speaker "{errors.printable(name)}"',
                hint=f"known speakers: {known}" if known else "learn one with `takevoice voices learn`",
            )
        return speaker

    def keep(self, name: str, speaker: Speaker, *, replace_it: bool = False) -> Path:
        """Store a named speaker; return its file.

        Raises:
            ConfigError: the name is not allowed, or exists and `replace_it` is False.
            StorageError: the file cannot be written.
        """
        path = self.named(name)
        if path.exists() and not replace_it:
            raise errors.ConfigError(
                f"the speaker {name} already exists", hint="use --replace, or choose another name"
            )
        write(path, replace(speaker, given=True))
        return path


def read(path: Path) -> Speaker | None:
    """Return the speaker in a file; None if there is none, or none that can be used, which is logged."""
    try:
        with path.open("rb") as file:
            return from_text(file.read(MAX_BYTES).decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        log.warning("%s cannot be used, and is learned from the beginning: %s", errors.printable(path), error)
        return None


def write(path: Path, speaker: Speaker) -> None:
    """Write a speaker to a file, completely or not at all; raises StorageError."""
    try:
        private_folder(path.parent)
        write_atomic(path, to_text(speaker).encode("utf-8"))
    except OSError as error:
        raise errors.StorageError(f"cannot be written: {error.strerror}", where=str(path)) from error


def learn(path: Path, take: Speaker) -> None:
    """Add a take to the speaker of a track. Of takes that are converted at the same time, one may be left out."""
    known = read(path)
    wider = take if known is None else known.merged(take)
    if wider is not known:
        try:
            write(path, wider)
        except errors.StorageError as error:
            log.warning("the speaker of the track is not remembered: %s", error)
