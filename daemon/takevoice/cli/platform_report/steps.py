"""Steps with files that takevoice relies on: renaming, replacing, removing, also while a program has the file open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from takevoice.cli.platform_report.checks import Found, refusal
from takevoice.system import place

MODE = 0o600


def rename(path: Path) -> Found:
    """Rename to a name that is taken, and to one that is free."""
    for name in ("a", "b", "c"):
        (path / name).write_bytes(name.encode())
    try:
        place.rename_new(path / "a", path / "b")
    except FileExistsError:
        pass
    else:
        return Found("overwrites", False)
    if (path / "a").read_bytes() != b"a" or (path / "b").read_bytes() != b"b":
        return Found("a refused rename changes files", False)
    place.rename_new(path / "c", path / "d")
    well = (path / "d").exists() and not (path / "c").exists()
    return Found("never overwrites" if well else "does not rename", well)


def replace(path: Path) -> Found:
    """Replace a file by another one, and remove it."""
    (path / "a").write_bytes(b"a")
    (path / "b").write_bytes(b"b")
    place.replace(path / "a", path / "b")
    if (path / "b").read_bytes() != b"a":
        return Found("replacing does nothing", False)
    place.unlink(path / "b")
    left = any(path.iterdir())
    return Found("removing does nothing" if left else "work", not left)


def in_use(path: Path) -> Found:
    """Rename, replace and remove a file while it is open, each with a file of its own; then remove all."""
    told = []
    table: tuple[tuple[str, Callable[[Path], object]], ...] = (
        ("rename", lambda file: file.rename(path / "renamed")),
        ("replace", lambda file: _other(path).replace(file)),
        ("remove", lambda file: file.unlink()),
    )
    for name, step in table:
        file = path / name
        with file.open("wb") as held:
            held.write(b"x")
            told.append(f"{name} {_tried(step, file)}")
    for each in list(path.iterdir()):
        place.unlink(each)
    left = any(path.iterdir())
    return Found(f"while open: {', '.join(told)}{'; files stay' if left else ''}", not left)


def links(path: Path) -> Found:
    """Make a hard and a symbolic link, and change a mode; takevoice needs none of them."""
    file = path / "a"
    file.write_bytes(b"a")
    hard = _tried(lambda _: (path / "hard").hardlink_to(file), file)
    soft = _tried(lambda _: (path / "soft").symlink_to(file), file)
    mode = _tried(lambda _: file.chmod(MODE), file)
    if mode == "works" and file.stat().st_mode & 0o777 != MODE:
        mode = "has no effect"
    return Found(f"hard link {hard}, symbolic link {soft}, chmod {mode}")


def _other(path: Path) -> Path:
    other = path / "other"
    other.write_bytes(b"y")
    return other


def _tried(step: Callable[[Path], object], file: Path) -> str:
    try:
        step(file)
    except OSError as error:
        return refusal(error)
    return "works"
