"""Checks of a folder's drive, in a hidden folder of our own that is removed afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from takevoice.cli.platform_report.checks import Check, Found
from takevoice.system import place
from takevoice.system.fileid import has_inode, version_of
from takevoice.system.python_origin import redirected_to
from takevoice.system.volumes import volume_of
from takevoice.watch.scan import scan


def checks(name: str, folder: Path) -> Iterator[Check]:
    """Yield the checks of the drive that the folder is on."""
    table: tuple[tuple[str, str, Callable[[Path], Found]], ...] = (
        ("write", "can be written, where it was asked for", _write),
        ("versions", "a scan and a look agree", _versions),
        ("rename", "never overwrites", _rename),
        ("replace and remove", "work", _replace),
        ("in use", "renamed and removed in the end", _in_use),
        ("links", "", _links),
        ("sync", "accepted or forgiven", _sync),
        ("times", "steps of at most 2 s", _times),
        ("names", "umlauts are kept", _names),
        ("long path", "300 characters", _long_path),
    )
    yield Check(f"{name}: volume", "known", lambda: _volume(folder))
    for what, expected, look in table:
        yield Check(f"{name}: {what}", expected, lambda look=look: _in_scratch(folder, look))  # type: ignore[misc]


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """Make a hidden folder, which watchers skip, and remove it with everything in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(prefix=".tv-doctor-", dir=folder))
    try:
        yield path
    finally:
        place.remove_tree(path)


def _in_scratch(folder: Path, look: Callable[[Path], Found]) -> Found:
    with scratch(folder) as path:
        return look(path)


def _volume(folder: Path) -> Found:
    volume = volume_of(folder)
    where = "on another machine" if volume.remote else "local"
    known = "has an identity" if volume.identity else "has no identity"
    return Found(f"{volume.kind or 'unknown file system'}, {where}, {known}", bool(volume.identity))


def _write(path: Path) -> Found:
    file = path / "written"
    file.write_bytes(b"written")
    if redirected_to(file) is not None:
        return Found("redirected to a private copy (Python of the Microsoft Store)", False)
    return Found("yes")


def _versions(path: Path) -> Found:
    take = path / "take.wav"
    for content in (b"one", b"two and more"):
        take.write_bytes(content)
        first = version_of(take)
        scanned = dict(scan(path, recursive=False, wanted=lambda name: True))[take]  # noqa: ARG005
        second = version_of(take)
        if not first == scanned == second:
            differing = [n for n, a, b in zip(("size", "time", "inode"), first or (), scanned or (), strict=False) if a != b]
            return Found(f"differ in {', '.join(differing) or 'something'}", False)
    with os.scandir(path) as entries:
        real = all(has_inode(entry.stat()) for entry in entries)
    listed = "listed inodes are real" if real else "listed inodes are 0"
    return Found(f"yes; {listed}")


def _rename(path: Path) -> Found:
    for name in ("a", "b", "c"):
        (path / name).write_bytes(name.encode())
    try:
        place.rename_new(path / "a", path / "b")
    except FileExistsError:
        pass
    else:
        return Found("overwrites", False)
    place.rename_new(path / "c", path / "d")
    return Found("never overwrites", (path / "b").read_bytes() == b"b" and (path / "d").exists())


def _replace(path: Path) -> Found:
    (path / "a").write_bytes(b"a")
    (path / "b").write_bytes(b"b")
    place.replace(path / "a", path / "b")
    place.unlink(path / "b")
    return Found("work", not any(path.iterdir()))


def _in_use(path: Path) -> Found:
    file = path / "open"
    told = []
    with file.open("wb") as held:
        held.write(b"x")
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("rename", lambda: file.rename(path / "other")),
            ("remove", lambda: (path / "other").unlink()),
        )
        for name, step in steps:
            try:
                step()
                told.append(f"{name} works")
            except OSError as error:
                told.append(f"{name} refused ({getattr(error, 'winerror', None) or error.errno})")
    return Found(f"while open: {', '.join(told)}")


def _links(path: Path) -> Found:
    (path / "a").write_bytes(b"a")
    told = []
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("hard", lambda: (path / "hard").hardlink_to(path / "a")),
        ("symbolic", lambda: (path / "soft").symlink_to(path / "a")),
        ("modes", lambda: (path / "a").chmod(0o600)),
    )
    for name, step in steps:
        try:
            step()
            told.append(f"{name} yes")
        except OSError as error:
            told.append(f"{name} no ({error.errno})")
    return Found(", ".join(told))


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
    file.touch()
    os.utime(file, ns=(1_600_000_001_234_567_891, 1_600_000_001_234_567_891))
    kept = file.stat().st_mtime_ns
    step = next((text for ns, text in ((1, "1 ns"), (100, "100 ns"), (1000, "1 us"), (10**6, "1 ms"), (10**7, "10 ms"), (10**9, "1 s"), (2 * 10**9, "2 s")) if abs(kept - 1_600_000_001_234_567_891) < ns), "more than 2 s")  # fmt: skip
    return Found(f"steps of {step}", step != "more than 2 s")


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
        return Found(f"refused ({getattr(error, 'winerror', None) or error.errno})", False)
    finally:
        shutil.rmtree(path / ("d" * 40), ignore_errors=True)
    return Found("works")
