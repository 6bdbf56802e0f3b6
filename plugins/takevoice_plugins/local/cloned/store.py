"""The made voices of a user: a folder of files, one for each."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path

from takevoice import Voice, errors
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.profile import Profile, read_profile, to_text

log = logging.getLogger(__name__)

FOLDER = "voices"
SUFFIX = ".voice.json"
LONGEST_NAME = 60
ALLOWED = " -_'."
RESERVED = {"auto", "con", "prn", "aux", "nul"}
CATEGORY = "cloned"
Seen = tuple[int, int]  # modification time and size of a file


class ClonedVoices:
    """The voices in a folder; a file is read again when it has changed, and a bad one is named once and left out."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.folder = folder
        self._backend = backend
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[Seen, Profile | None]] = {}

    def profiles(self) -> list[Profile]:
        """All that can be used, by name."""
        with self._lock:
            found = {}
            for path in sorted(self.folder.glob(f"*{SUFFIX}")):
                try:
                    status = path.stat()
                except OSError:
                    continue  # removed meanwhile
                seen = (status.st_mtime_ns, status.st_size)
                known = self._read.get(path)
                found[path] = known if known and known[0] == seen else (seen, _read(path))
            self._read = found
            profiles = [profile for _, profile in found.values() if profile is not None]
        return sorted(profiles, key=lambda profile: profile.name.casefold())

    def voices(self) -> list[Voice]:
        """The same as the backend lists them."""
        return [
            Voice(
                profile.id,
                profile.name,
                self._backend,
                CATEGORY,
                f"made from {_length(profile.seconds)} of speech on {profile.made}",
            )
            for profile in self.profiles()
        ]

    def find(self, voice_id: str) -> Profile | None:
        """The voice of that id, or None."""
        return next((profile for profile in self.profiles() if profile.id == voice_id), None)

    def path(self, name: str) -> Path:
        """Where the voice of that name is kept.

        Raises:
            ConfigError: no voice can have that name.
        """
        if (
            not name.strip()
            or name != name.strip()
            or len(name) > LONGEST_NAME
            or not name[0].isalnum()
            or name.endswith(".")
            or not all(c.isalnum() or c in ALLOWED for c in name)
            or name.casefold() in RESERVED
        ):
            raise errors.ConfigError(
                f'"{name}" cannot be the name of a voice',
                hint=f"up to {LONGEST_NAME} letters, digits, spaces, dashes",
            )
        if name.casefold() in {voice.name.casefold() for voice in PRESETS}:
            raise errors.ConfigError(
                f"{name} is one of the built-in voices", hint="only made voices are added, shown and removed"
            )
        return self.folder / f"{name.casefold()}{SUFFIX}"

    def existing(self, name: str) -> Path:
        """The file of a voice that is there, whether or not it can be used.

        Raises:
            UnknownVoice: there is none of that name.
        """
        path = self.path(name)
        if not path.is_file():
            names = ", ".join(profile.name for profile in self.profiles())
            raise errors.UnknownVoice(
                f'there is no made voice "{name}"',
                hint=f"there are {names}" if names else "`takevoice voices add` makes one",
            )
        return path

    def add(self, profile: Profile, *, replace: bool = False) -> Path:
        """Keeps a voice under its name, all of it or nothing.

        Raises:
            ConfigError: the name is no name, or taken.
            StorageError: it cannot be written.
        """
        path = self.path(profile.name)
        if path.exists() and not replace:
            raise errors.ConfigError(
                f"there is a voice {profile.name} already",
                hint="--replace makes it anew, or take another name",
            )
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside.write_text(to_text(profile), encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise errors.StorageError(f"cannot be written: {error.strerror}", where=str(path)) from error
        return path


def _read(path: Path) -> Profile | None:
    try:
        return read_profile(path)
    except errors.TakevoiceError as error:
        log.warning("%s", error)
        return None


def _length(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
