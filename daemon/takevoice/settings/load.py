"""Find takevoice.toml, read it, and report everything that is wrong with it at once."""

from __future__ import annotations

import logging
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from takevoice.errors import ConfigError, printable
from takevoice.paths import absolute_path
from takevoice.settings.errors import validation_errors
from takevoice.settings.model import CONFIG_NAME, Settings, TrackSettings, Watch
from takevoice.settings.track_match import is_glob, plain_track
from takevoice.system.ownership import is_own

log = logging.getLogger(__name__)

SHOWN = 60  # characters of a line with a mistake


@dataclass(frozen=True)
class LoadedConfig:
    """Settings, and the file that they came from (None: built in)."""

    settings: Settings
    path: Path | None = None

    @property
    def source(self) -> str:
        """How messages name the place the settings came from."""
        return self.path.name if self.path else "built in"

    @cached_property
    def tables(self) -> Mapping[str, TrackSettings]:
        """The tables of tracks by name, as names are compared: there may be thousands, and each take asks."""
        return {plain_track(name): table for name, table in self.settings.tracks.items()}

    @cached_property
    def globs(self) -> Sequence[str]:
        """Those of `tables` that stand for several tracks."""
        return [name for name in self.tables if is_glob(name)]


@dataclass
class CurrentConfig:
    """The config in force now; a reload replaces `loaded`."""

    loaded: LoadedConfig

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.loaded.settings


def warn_ignored(path: Path) -> None:
    """Log that a config in a watched folder is not used."""
    log.warning(
        "%s is ignored: it belongs to another user, every user can write to it, or it is on a share; to use it, name it with --config",
        printable(path),
    )


def find_config(
    explicit: Path | None,
    folders: Sequence[Path],
    user_dir: Path,
    on_ignored: Callable[[Path], None] = warn_ignored,
    is_file: Callable[[Path], bool] = Path.is_file,
) -> Path | None:
    """Return the config to use: the one given, else the user's own in the first watched folder, else the one in the
    user's config dir. `on_ignored` gets one in a folder that is not the user's own. `is_file` looks into watched folders.

    Raises:
        ConfigError: the one given does not exist.
    """
    if explicit is not None:
        if not explicit.is_file():
            raise ConfigError(
                "there is no such config file", where=str(explicit), hint="`takevoice init` writes one"
            )
        return explicit
    for path in (folder / CONFIG_NAME for folder in folders):
        if is_file(path):
            if is_own(path):
                return path
            on_ignored(path)
    path = user_dir / CONFIG_NAME
    return path if path.is_file() else None


def load(path: Path | None) -> LoadedConfig:
    """Read the config at `path`; None gives the built-in settings.

    Raises:
        ConfigError: it cannot be used; `problems` has a line for each fault.
    """
    if path is None:
        return LoadedConfig(Settings())
    text = ""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"is no valid TOML: {error}", where=str(path), hint="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"is no valid TOML: {_slip(text, str(error))}",
            where=str(path),
            hint="is a quote, a bracket or an = missing there?",
        ) from error
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        problems = validation_errors(error, Settings, path.name)
        raise ConfigError("; ".join(problems), where=str(path), problems=problems) from error
    return LoadedConfig(settings, path)


def _slip(text: str, problem: str) -> str:
    """Return what is wrong with a config, with the line that it is in."""
    found = re.search(r"at line (\d+)", problem)
    lines = text.splitlines() or [""]
    number = int(found[1]) if found else max((n for n, line in enumerate(lines, 1) if line.strip()), default=1)
    return f"{problem}: line {number} is {lines[min(number, len(lines)) - 1].strip()[:SHOWN]}"


def watch_root(watch: Watch, config: Path | None) -> Path:
    """Return the watched folder as an absolute path; a relative one starts at the config file's folder."""
    return _folder(watch.folder, config)


def osc_folders(loaded: LoadedConfig) -> list[Path]:
    """Return the absolute folders whose files OSC clients may name: the watched ones, and those of [osc] allow."""
    watched = [watch_root(watch, loaded.path) for watch in loaded.settings.watch]
    return watched + [_folder(folder, loaded.path) for folder in loaded.settings.osc.allow]


def _folder(folder: str, config: Path | None) -> Path:
    base = config.parent if config else Path.cwd()
    return absolute_path(Path(folder), base)


def parse_overrides(pairs: Sequence[str], where: str = "--set") -> dict[str, Any]:
    """Return settings given as `key=value`, with values in TOML or as bare text.

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
    """Return the settings in `data`, checked like a [tracks] table.

    Raises:
        ConfigError: an unknown key, or a value out of range.
    """
    try:
        return TrackSettings.model_validate(data).model_dump(exclude_none=True)
    except ValidationError as error:
        problems = validation_errors(error, TrackSettings, where)
        raise ConfigError("; ".join(problems), problems=problems) from error


def request_overrides(data: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the settings of one request, checked.

    Raises:
        ConfigError: an unknown key, a value out of range, or `enabled = false`: a request asks for the opposite.
    """
    checked = check_overrides(data, where)
    if checked.get("enabled") is False:
        raise ConfigError("enabled = false is for takes in watched folders, and no setting of a request", where=where)
    return checked


def _value(text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, (bool, int, float, str, list)) else text
