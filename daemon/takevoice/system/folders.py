"""Where programs keep the files of a user, on each system."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from takevoice.system import current


def settings_folder() -> Path:
    """Return the folder with the settings of the user's programs, those that move along with a roaming profile."""
    return _SETTINGS[current.name()]()


def preferences_folder() -> Path:
    """Return the folder with the preferences of the user's programs on this machine."""
    return _PREFERENCES[current.name()]()


def _config_home() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


_SETTINGS: Mapping[str, Callable[[], Path]] = {
    "linux": _config_home,
    "macos": lambda: Path.home() / "Library" / "Application Support",
    "windows": lambda: Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming"),
}
_PREFERENCES: Mapping[str, Callable[[], Path]] = {
    "linux": _config_home,
    "macos": lambda: Path.home() / "Library" / "Preferences",
    "windows": lambda: Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"),
}
