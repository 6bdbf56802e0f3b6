"""Checks of a folder's drive, in a hidden folder of our own that is removed afterwards."""

from __future__ import annotations

import os
import shutil
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from takevoice.cli.platform_report import steps
from takevoice.cli.platform_report.checks import Check, Found, refusal
from takevoice.cli.platform_report.scratch import left_behind, scratch
from takevoice.system import place
from takevoice.system.access import try_writing
from takevoice.system.fileid import has_inode, version_of
from takevoice.system.volumes import volume_of
from takevoice.watch.hints import Hints
from takevoice.watch.scan import scan

EVENT = 2.0  # seconds until an event counts as missing
MOMENT = 1_600_000_001_234_567_891  # ns since 1970; odd in every unit
UNITS = (
    (1, "1 ns"),
    (100, "100 ns"),
    (10**3, "1 us"),
    (10**6, "1 ms"),
    (10**7, "10 ms"),
    (10**9, "1 s"),
    (2 * 10**9, "2 s"),
)


def checks(name: str, folder: Path, *, make: bool = False) -> Iterator[Check]:
    """Yield the checks of the drive that the folder is on. `make`: a missing folder is made, and removed again."""
    table: tuple[tuple[str, str, Callable[[Path], Found]], ...] = (
        ("versions", "a scan and a look agree", _versions),
        ("rename", "never overwrites", steps.rename),
        ("replace and remove", "work", steps.replace),
        ("in use", "all is possible once it is closed", steps.in_use),
        ("links and modes", "", steps.links),
        ("sync", "accepted or forgiven", _sync),
        ("times", "steps of at most 2 s", _times),
        ("names", "umlauts are kept", _names),
        ("long path", "300 characters", _long_path),
    )
    yield Check(f"{name}: volume", "known", lambda: _volume(folder))
    yield writing(name, folder, make=make)
    write = f"{name}: write"
    for what, expected, look in table:
        yield Check(f"{name}: {what}", expected, lambda look=look: _in_scratch(folder, look, make), write)  # type: ignore[misc]
    yield Check(
        f"{name}: events",
        f"within {EVENT:.0f} s",
        lambda: _in_scratch(folder, lambda path: _events(path, remote=volume_of(folder).remote), make),
        write,
    )


def writing(name: str, folder: Path, *, make: bool = False) -> Check:
    """Return the check that a folder can be written, and that a file is where it was written to."""
    return Check(f"{name}: write", "where it was asked for", lambda: _write(folder, make=make))


def nothing_left(folders: Sequence[Path]) -> Check:
    """Return the check that the others have removed everything."""

    def look() -> Found:
        count = sum(left_behind(folder) for folder in folders)
        return Found(f"{count} hidden files or folders, .tv-doctor-*" if count else "nothing", not count)

    return Check("left behind", "nothing", look)


def _in_scratch(folder: Path, look: Callable[[Path], Found], make: bool) -> Found:
    if not make:
        folder.stat()  # a missing one is reported
    with scratch(folder) as path:
        return look(path)


def _volume(folder: Path) -> Found:
    volume = volume_of(folder)
    where = "on another machine" if volume.remote else "local"
    known = "has an identity" if volume.identity else "has no identity"
    return Found(f"{volume.kind or 'unknown file system'}, {where}, {known}", bool(volume.identity))


def _write(folder: Path, *, make: bool) -> Found:
    try:
        return _in_scratch(folder, _redirection, make) if make else _redirection(folder)
    except FileNotFoundError:
        return Found("the folder is not there", False, stops=True)
    except OSError as error:
        return Found(refusal(error), False, stops=True)


def _redirection(folder: Path) -> Found:
    if try_writing(folder) is not None:
        return Found("redirected to a private copy (Python of the Microsoft Store)", False)
    return Found("yes")


def _versions(path: Path) -> Found:
    take, listed = path / "take.wav", []
    for content in (b"one", b"two and more"):
        take.write_bytes(content)
        first = version_of(take)
        scanned = dict(scan(path, recursive=False, wanted=lambda _: True))[str(take)]
        second = version_of(take)
        if not first == scanned == second:
            pairs = zip(("size", "time", "inode"), first or (), scanned or second or (), strict=False)
            differing = [name for name, a, b in pairs if a != b]
            return Found(f"differ in {', '.join(differing) or 'something'}", False)
        with os.scandir(path) as entries:
            listed += [has_inode(entry.stat()) for entry in entries]
    return Found(f"yes, also after a change; listed inodes are {'real' if all(listed) else '0'}")


def _events(path: Path, *, remote: bool) -> Found:
    """macOS names files by their real paths, so any event counts."""
    hints = Hints()
    hints.arm([(path, True)])
    try:
        time.sleep(0.3)
        hints.take()
        began = time.monotonic()
        (path / "take.wav").write_bytes(b"x")
        arrived = False
        while not arrived and time.monotonic() - began < EVENT:
            hints.wait(0.1)
            names, everything = hints.take()
            arrived = bool(names) or everything
        took = time.monotonic() - began
    finally:
        hints.disarm()
    none = "none; a share is scanned instead" if remote else "none"
    return Found(f"after {1000 * took:.0f} ms" if arrived else none, arrived or remote)


def _sync(path: Path) -> Found:
    with place.open_file(path / "a", "wb") as file:
        file.write(b"a")
        began = time.monotonic()
        place.sync(file)
        took = time.monotonic() - began
        try:
            os.fsync(file.fileno())
        except OSError as error:
            return Found(f"not supported ({error.errno}), forgiven")
    place.sync_folder(path)
    return Found(f"accepted, {1000 * took:.0f} ms")


def _times(path: Path) -> Found:
    file = path / "a"
    file.write_bytes(b"a")
    os.utime(file, ns=(MOMENT, MOMENT))
    lost = abs(file.stat().st_mtime_ns - MOMENT)
    step = next((text for unit, text in UNITS if lost < unit), None)
    return Found(f"steps of {step or 'more than 2 s'}", step is not None)


def _names(path: Path) -> Found:
    composed, decomposed = (unicodedata.normalize(form, "Jörg É.wav") for form in ("NFC", "NFD"))
    (path / composed).touch()
    (listed,) = (each.name for each in path.iterdir())
    form = "as written" if listed == composed else "in NFD" if listed == decomposed else "otherwise"
    case = "any case" if (path / composed.upper()).exists() else "exact case"
    other = "any normal form" if (path / decomposed).exists() else "exact normal form"
    return Found(f"umlauts are kept {form}; found in {case}, {other}", form != "otherwise")


def _long_path(path: Path) -> Found:
    deep = path
    while len(str(deep)) < 300:
        deep = deep / ("d" * 40)
    try:
        deep.mkdir(parents=True)
        (deep / "take.wav").write_bytes(b"x")
    except OSError as error:
        return Found(refusal(error), False)
    finally:
        shutil.rmtree(path / ("d" * 40), ignore_errors=True)
    return Found("works")
