"""Edits of takevoice.toml that leave everything else as it is, comments included."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from takevoice.errors import ConfigError
from takevoice.files import storage_error
from takevoice.settings.errors import key_of, validation_errors
from takevoice.settings.model import Settings
from takevoice.settings.track_match import plain_track
from takevoice.system import place

log = logging.getLogger(__name__)

_BOM = "\ufeff"

Changes = Mapping[str, Mapping[str, Any]]
"""Settings by track and key; None takes a setting away."""


@dataclass(frozen=True)
class ConfigText:
    """A config as it was read."""

    path: Path
    text: str  # line ends and byte order mark included

    @property
    def mark(self) -> str:
        """What identifies this state of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_config(path: Path) -> ConfigText:
    """Read a config for editing; a link is followed.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return ConfigText(path.resolve(), path.read_bytes().decode())
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is no valid TOML: {error}", where=str(path), hint="save it as UTF-8") from error


def with_tracks(config: ConfigText, changes: Changes) -> ConfigText:
    """Return the config with these settings of tracks; everything else stays, comments and line ends included.

    Raises:
        ConfigError: the outcome would not be a valid config, or not the one that is wanted.
    """
    mark = _BOM if config.text.startswith(_BOM) else ""
    plain = config.text.removeprefix(_BOM).replace("\r\n", "\n")
    changes = {track: {key: _plain(value) for key, value in values.items()} for track, values in changes.items()}
    wanted = _applied(_parsed(plain, config.path), changes)
    _check(wanted, config.path)
    try:
        edited = _edited(plain, changes)
        is_wanted = tomllib.loads(edited) == wanted
    except Exception as error:  # tomlkit has many, and any of them means the same
        log.debug("%s cannot be edited", config.path, exc_info=error)
        is_wanted = False
    if not is_wanted:
        raise ConfigError(
            "has its [tracks] in a form that cannot be edited safely",
            where=str(config.path),
            hint='write them as tables, [tracks."NAME"], then try again',
        )
    if "\r\n" in config.text:
        edited = edited.replace("\n", "\r\n")
    return ConfigText(config.path, mark + edited)


def write_config(before: ConfigText, after: ConfigText, backups: Path) -> Path:
    """Write a config in place of the one that was read, whole or not at all; return the copy that is kept of the old one.

    Raises:
        ConfigError: it was changed meanwhile, and stays as it is.
        StorageError: it cannot be written.
    """
    path, data = after.path, after.text.encode()
    if read_config(path).mark != before.mark:
        raise ConfigError("was changed meanwhile, and stays as it is", where=str(path), hint="try again")
    kept = backups / time.strftime(f"{path.stem}-%Y-%m-%d-%H%M%S-{before.mark[:6]}{path.suffix}")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        backups.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(before.text.encode())
        try:
            with place.open_file(part, "wb") as file:
                file.write(data)
                place.sync(file)
            shutil.copymode(path, part)
            place.replace(part, path)
        finally:
            place.remove(part)
    except OSError as error:
        raise storage_error("cannot be written", path, error) from error
    return kept


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is no valid TOML: {error}", where=str(path), hint="is a quote, a bracket or an = missing there?") from error


def _applied(data: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """Return the parsed config with the changes."""
    data = deepcopy(data)
    tracks: dict[str, Any] = data.setdefault("tracks", {}) if changes else {}
    spelled = _spelled(tracks)
    for track, values in changes.items():
        table = tracks.setdefault(spelled.setdefault(plain_track(track), track), {})
        for key, value in values.items():
            table.pop(key, None)
            if value is not None:
                table[key] = value
    return data


def _spelled(tracks: Mapping[str, Any]) -> dict[str, str]:
    """Return the names of tracks as the config spells them, by the name as it is compared."""
    return {plain_track(name): str(name) for name in tracks}


def _edited(text: str, changes: Changes) -> str:
    # Only those who edit need it.
    import tomlkit
    from tomlkit.items import InlineTable

    document = tomlkit.parse(text)
    if "tracks" not in document:
        document["tracks"] = tomlkit.table(is_super_table=True)
    tracks: Any = document["tracks"]
    spelled = _spelled(tracks)
    for track, values in changes.items():
        name = spelled.setdefault(plain_track(track), track)
        if name not in tracks:
            inline = isinstance(tracks, InlineTable)
            tracks[name] = tomlkit.inline_table() if inline else tomlkit.table()
        table = tracks[name]
        for key, value in values.items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = _in_a_line(value) if isinstance(value, list) else value
    edited = tomlkit.dumps(document)
    return edited if edited.endswith("\n") or not edited else f"{edited}\n"


def _plain(value: Any) -> Any:
    """Return a value as TOML has it: lists and tables of its own."""
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _in_a_line(values: Sequence[Any]) -> Any:
    """Return a list for one line: tables of their own, [[tracks."Anna".candidates]], would end the track's."""
    import tomlkit

    made = tomlkit.array()
    for value in values:
        if isinstance(value, Mapping):
            table = tomlkit.inline_table()
            table.update(value)
            value = table
        made.append(value)
    return made


def _check(data: Mapping[str, Any], path: Path) -> None:
    try:
        Settings.model_validate(data)
    except ValidationError as error:
        problems = validation_errors(error, Settings, path.name)
        raise ConfigError("; ".join(problems), where=str(path), problems=problems) from error


def table_of(track: str) -> str:
    """Return the heading of a track's table."""
    return f"[tracks.{key_of(track)}]"
