"""Where REAPER keeps its resource folders, with scripts and settings: the user's, and those of portable installations.

REAPER first looks for reaper.ini in the folder of its program, and uses that folder if it is there (a portable
installation: "REAPER for Linux Documentation", forum.cockos.com; on macOS, the folder that holds REAPER.app). Otherwise it
uses the folder REAPER in the user's settings. `-cfgfile FILE` on its command line names another place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from takevoice.system import current
from takevoice.system.folders import settings_folder
from takevoice.system.patience import within
from takevoice.system.volumes import NETWORK, mounts_linux

NAME = "REAPER"
ANSWER = 1.0  # seconds for a drive
_CONFIG = "reaper.ini"  # REAPER.ini on Windows
_PROGRAMS = {"reaper", "reaper.exe", "reaper.app"}
_OPTION = "-cfgfile"
_FLATPAK = Path(".var/app/fm.reaper.Reaper/config") / NAME


def resource_folders() -> Sequence[Path]:
    """Return the resource folders that are found on this machine, each once, the user's first.

    A portable installation is found while it runs; otherwise where programs usually are, or at the top of a drive that can
    be removed, in a folder with "reaper" in its name.
    """
    found: dict[str, Path] = {}
    for folder in (*usual_folders(), *_running(), *_portable()):
        found.setdefault(os.path.normcase(os.path.realpath(folder)), folder)
    return list(found.values())


def usual_folders() -> Sequence[Path]:
    """Return the resource folders in the user's settings that exist."""
    candidates = [settings_folder() / NAME]
    if current.name() == "linux":
        candidates.append(Path.home() / _FLATPAK)
    return [folder for folder in candidates if folder.is_dir()]


def is_resource_folder(folder: Path) -> bool:
    """Return True for a folder that REAPER has used: it has written its settings there, or was told to."""
    return any(name.lower() == _CONFIG for name in _names(folder))


def is_running() -> bool:
    """Return True while a REAPER of this user runs."""
    return any(True for _ in _processes())


def _running() -> Iterator[Path]:
    """Yield the folders of REAPERs that run and are portable, or were started with `-cfgfile`."""
    for program, words in _processes():
        for word, after in pairwise(words):
            if word.lower() == _OPTION and Path(after).is_absolute() and Path(after).is_file():
                yield Path(after).parent
        if program and is_resource_folder(folder := _next_to(Path(program))):
            yield folder


def _processes() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the program and the command line of each REAPER of this user."""
    import psutil  # slow to load

    me = getattr(os, "getuid", lambda: None)()
    fields = ["name", "exe", "cmdline", *(["uids"] if me is not None else [])]
    for process in psutil.process_iter(fields):
        info: Mapping[str, Any] = process.info
        mine = me is None or info["uids"] is None or info["uids"].real == me
        if mine and (info["name"] or "").lower() in _PROGRAMS:
            yield info["exe"] or "", info["cmdline"] or ()


def _next_to(program: Path) -> Path:
    """Return the folder of a program; of one inside a bundle of macOS, the folder of the bundle."""
    bundle = next((each for each in program.parents if each.suffix.lower() == ".app"), None)
    return (bundle or program).parent


def _portable() -> Iterator[Path]:
    """Yield the folders that have REAPER's program and its settings next to each other."""
    for base in _PLACES[current.name()]():
        inside = (base / name for name in _names(base) if NAME.lower() in name.lower())
        for folder in (base, *inside):
            names = {name.lower() for name in _names(folder)}
            if _CONFIG in names and names & _PROGRAMS:
                yield folder


def _names(folder: Path) -> Sequence[str]:
    """Return the names in a folder; none if it is missing, refused, or on a drive that does not answer."""

    def look() -> Sequence[str]:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)

    with contextlib.suppress(OSError):
        return within(ANSWER, folder, look)
    return ()


def _places_linux() -> Iterator[Path]:
    home = Path.home()
    yield from (Path("/opt"), Path("/usr/local"), home, home / "opt", home / "Applications")
    with contextlib.suppress(OSError, ValueError):
        for mount in mounts_linux():
            if mount.point.startswith(("/media/", "/run/media/", "/mnt/")) and mount.kind not in NETWORK:
                yield Path(mount.point)


def _places_macos() -> Iterator[Path]:
    yield from (Path("/Applications"), Path.home() / "Applications", Path.home())
    volumes = Path("/Volumes")
    yield from (volumes / name for name in _names(volumes))


def _places_windows() -> Iterator[Path]:
    import psutil  # slow to load

    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        if place := os.environ.get(variable):
            yield Path(place)
    if place := os.environ.get("LOCALAPPDATA"):
        yield Path(place) / "Programs"
    yield Path.home()
    for part in psutil.disk_partitions(all=False):
        if "fixed" in part.opts or "removable" in part.opts:  # psutil's words for GetDriveTypeW
            yield Path(part.mountpoint)


_PLACES: Mapping[str, Callable[[], Iterator[Path]]] = {
    "linux": _places_linux,
    "macos": _places_macos,
    "windows": _places_windows,
}
