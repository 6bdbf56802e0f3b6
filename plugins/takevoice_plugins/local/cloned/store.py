"""The cloned voices of a user: a folder with one file per voice."""

from __future__ import annotations

import logging
import stat
import threading
from pathlib import Path

from takevoice import Voice, errors, private_folder, write_atomic
from takevoice_plugins.local.catalogue import PRESETS
from takevoice_plugins.local.cloned.profile import Profile, read_profile, to_text

log = logging.getLogger(__name__)

FOLDER = "voices"
SUFFIX = ".voice.json"
RECORDINGS = ".recordings.flac"  # of a voice whose speaker agreed that they are kept
MAX_NAME_LENGTH = 60
ALLOWED = " -_'."
RESERVED = {"auto", "con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789")}
CATEGORY = "cloned"
Seen = tuple[int, int]  # modification time and size of a file


class ClonedVoices:
    """The voices in a folder. Changed files are read again; an unusable file is logged once and skipped."""

    def __init__(self, folder: Path, backend: str) -> None:
        self.folder = folder
        self._backend = backend
        self._lock = threading.Lock()
        self._read: dict[Path, tuple[Seen, Profile | None]] = {}

    def profiles(self) -> list[Profile]:
        """Return the profiles of all usable voices, sorted by name."""
        with self._lock:
            found = {}
            for path in sorted(self.folder.glob(f"*{SUFFIX}")):
                try:
                    status = path.stat()
                except OSError:
                    continue  # removed in the meantime
                if not stat.S_ISREG(status.st_mode):
                    continue  # a pipe would be waited for
                seen = (status.st_mtime_ns, status.st_size)
                known = self._read.get(path)
                found[path] = known if known and known[0] == seen else (seen, _read(path))
            self._read = found
            profiles = [profile for _, profile in found.values() if profile is not None]
        return sorted(profiles, key=lambda profile: profile.name.casefold())

    def voices(self, *, recorded: bool = False) -> list[Voice]:
        """Return all usable voices as the backend lists them, or those whose recordings are kept."""
        return [
            Voice(
                profile.id,
                profile.name,
                self._backend,
                CATEGORY,
                f"cloned from {_duration(profile.seconds)} of speech on {profile.made}",
            )
            for profile in self.profiles()
            if not recorded or self.recordings(profile.name).is_file()
        ]

    def find(self, voice_id: str) -> Profile | None:
        """Return the profile with the id `voice_id`, or None."""
        return next((profile for profile in self.profiles() if profile.id == voice_id), None)

    def path(self, name: str) -> Path:
        """Return the file for the voice `name`.

        Raises:
            ConfigError: the name is not allowed.
        """
        if (
            not name.strip()
            or name != name.strip()
            or len(name) > MAX_NAME_LENGTH
            or not name[0].isalnum()
            or name.endswith(".")
            or not all(c.isalnum() or c in ALLOWED for c in name)
            or name.casefold().split(".")[0].rstrip() in RESERVED  # Windows takes "nul.txt" for a device, too
        ):
            raise errors.ConfigError(
                f'"{name}" cannot be the name of a voice',
                hint=f"use up to {MAX_NAME_LENGTH} letters, digits, spaces, dots and dashes",
            )
        if name.casefold() in {voice.name.casefold() for voice in PRESETS}:
            raise errors.ConfigError(
                f"{name} is a preset voice",
                hint="choose another name; this command is for cloned voices only",
            )
        return self.folder / f"{name.casefold()}{SUFFIX}"

    def recordings(self, name: str) -> Path:
        """Return the file for the recordings of the voice `name`, which is there if they are kept."""
        return self.folder / f"{name.casefold()}{RECORDINGS}"

    def existing(self, name: str) -> Path:
        """Return the file of an existing voice, usable or not.

        Raises:
            UnknownVoice: there is no voice of that name.
        """
        path = self.path(name)
        if not path.is_file():
            names = ", ".join(profile.name for profile in self.profiles())
            raise errors.UnknownVoice(
                f'there is no cloned voice "{name}"',
                hint=f"cloned voices: {names}" if names else "add one with `takevoice voices add`",
            )
        return path

    def add(self, profile: Profile, *, replace: bool = False) -> Path:
        """Store a voice under its name, completely or not at all; return its file.

        Raises:
            ConfigError: the name is not allowed, or exists and `replace` is False.
            StorageError: the file cannot be written.
        """
        path = self.path(profile.name)
        if path.exists() and not replace:
            raise errors.ConfigError(
                f"the voice {profile.name} already exists", hint="use --replace, or choose another name"
            )
        try:
            private_folder(self.folder)
            write_atomic(path, to_text(profile).encode("utf-8"))
        except OSError as error:
            raise errors.StorageError(f"cannot be written: {error.strerror}", where=str(path)) from error
        return path


def _read(path: Path) -> Profile | None:
    try:
        return read_profile(path)
    except errors.TakevoiceError as error:
        log.warning("%s", error)
        return None


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
