"""Finds takevoice.toml, reads it, and says everything that is wrong with it at once."""

from __future__ import annotations

import logging
import os
import stat
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from takevoice.errors import ConfigError, printable
from takevoice.paths import absolute_path
from takevoice.settings.errors import describe
from takevoice.settings.model import CONFIG_NAME, Settings, TrackSettings, Watch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedConfig:
    """Settings, and the file that they came from (None: built in)."""

    settings: Settings
    path: Path | None = None

    @property
    def source(self) -> str:
        """How messages name the place the settings came from."""
        return self.path.name if self.path else "built in"


def _say_refused(path: Path) -> None:
    log.warning(
        "%s belongs to somebody else, or anybody can write it, so it is not used; `--config` with its path uses it",
        printable(path),
    )


def find_config(
    explicit: Path | None,
    folders: Sequence[Path],
    user_dir: Path,
    refused: Callable[[Path], None] = _say_refused,
) -> Path | None:
    """The config to use: the one given, else the user's own in the first watched folder, else in the user's config dir. `refused`
    hears of one in a folder that is not the user's own.

    Raises:
        ConfigError: the one given is not there.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise ConfigError(
                "there is no such config file", where=str(explicit), hint="`takevoice init` writes one"
            )
        return explicit
    for path in (folder / CONFIG_NAME for folder in folders):
        if path.is_file():
            if _is_own(path):
                return path
            refused(path)
    path = user_dir / CONFIG_NAME
    return path if path.is_file() else None


def _is_own(path: Path) -> bool:
    """True for a file of the user's that not everybody can write: a config can send audio and the key elsewhere.

    Windows does not tell it in this way; there, every config counts as the user's.
    """
    if sys.platform == "win32":
        return True
    status = path.stat()
    return status.st_uid in (os.geteuid(), 0) and not status.st_mode & stat.S_IWOTH


def load(path: Path | None) -> LoadedConfig:
    """Reads the config at `path`; None gives the built-in settings.

    Raises:
        ConfigError: it cannot be read; `problems` has a line for each fault.
    """
    if path is None:
        return LoadedConfig(Settings())
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"is no valid TOML: {error}", where=str(path)) from error
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        problems = describe(error, Settings, path.name)
        raise ConfigError(f"{len(problems)} faults", where=str(path), problems=problems) from error
    return LoadedConfig(settings, path)


def watch_root(watch: Watch, config: Path | None) -> Path:
    """The watched folder as an absolute path; a relative one starts at the config file's folder."""
    return _folder(watch.folder, config)


def osc_folders(loaded: LoadedConfig) -> list[Path]:
    """The folders, absolute, whose files may be asked for over OSC: the watched ones, and those of [osc] allow."""
    watched = [watch_root(watch, loaded.path) for watch in loaded.settings.watch]
    return watched + [_folder(folder, loaded.path) for folder in loaded.settings.osc.allow]


def _folder(folder: str, config: Path | None) -> Path:
    base = config.parent if config else Path.cwd()
    return absolute_path(Path(folder), base)


def parse_overrides(pairs: Sequence[str], where: str = "--set") -> dict[str, Any]:
    """Settings given as `key=value`, values as TOML would have them or as bare text.

    Raises:
        ConfigError: a pair has no =, or a key or value that `TrackSettings` refuses.
    """
    data: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(
                f'"{pair}" is not key=value', where=where, hint="for example --set stability=0.4"
            )
        data[key.strip()] = _value(text.strip())
    return check_overrides(data, where)


def check_overrides(data: dict[str, Any], where: str) -> dict[str, Any]:
    """The settings that are set in `data`, checked like a [tracks] table.

    Raises:
        ConfigError: an unknown key, or a value out of range.
    """
    try:
        return TrackSettings.model_validate(data).model_dump(exclude_none=True)
    except ValidationError as error:
        problems = describe(error, TrackSettings, where)
        raise ConfigError(f"{len(problems)} faults in {where}", problems=problems) from error


def _value(text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
