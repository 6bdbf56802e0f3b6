"""What takevoice advises when the system refuses, and whose a config is."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from takevoice.system import current, ownership
from takevoice.system.access import advice, is_unreachable, program, try_writing
from takevoice.system.ownership import is_mine, is_own, make_private
from takevoice.system.volumes import Volume


@pytest.mark.parametrize(
    ("number", "unreachable"),
    [(errno.ENOTCONN, True), (errno.EHOSTDOWN, True), (errno.ESTALE, True), (errno.ENOENT, False), (errno.EACCES, False)],
)
def test_a_share_that_does_not_answer_is_no_other_trouble(number: int, unreachable: bool) -> None:
    assert is_unreachable(OSError(number, os.strerror(number))) is unreachable


def test_windows_tells_it_by_numbers_of_its_own() -> None:
    gone = OSError(errno.EINVAL, "The specified network name is no longer available")
    gone.winerror = 64  # type: ignore[attr-defined, unused-ignore]
    assert is_unreachable(gone)


@pytest.mark.parametrize(
    ("system", "number", "told"),
    [
        ("linux", errno.EACCES, "owner and permissions"),
        ("linux", errno.EPERM, "owner and permissions"),
        ("macos", errno.EACCES, "owner and permissions"),
        ("macos", errno.EPERM, "Full Disk Access"),  # Transparency, Consent and Control
        ("windows", errno.EACCES, "Controlled folder access"),
        ("linux", errno.ENOSPC, "free some space"),
        ("macos", errno.EROFS, "can only be read"),
        ("linux", errno.EIO, "disk or share"),
    ],
)
def test_each_system_has_its_own_advice(on: Callable[[str], None], system: str, number: int, told: str) -> None:
    on(system)
    text = advice(OSError(number, os.strerror(number)))
    assert told in text
    if told in ("Full Disk Access", "Controlled folder access"):
        assert program() in text  # what has to be allowed: the real Python, not the link in a virtual environment
    assert "\n" not in text


@pytest.mark.parametrize(
    ("system", "volume", "own"),
    [
        ("linux", Volume("ext4:1", "ext4", False), True),
        ("macos", Volume("apfs:1", "apfs", False), True),
        ("windows", Volume("ntfs:1", "ntfs", False), True),
        ("linux", Volume("nfs4:studio:/x", "nfs4", True), True),  # the server keeps owners
        ("linux", Volume("cifs://studio/x", "cifs", True), False),  # every file seems to be the user's
        ("macos", Volume("smbfs://studio/x", "smbfs", True), False),
        ("windows", Volume("ntfs:2", "ntfs", True), False),
        ("windows", Volume("", "", True), False),
    ],
)
def test_a_config_on_a_share_is_not_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, on: Callable[[str], None], system: str, volume: Volume, own: bool
) -> None:
    on(system)
    monkeypatch.setattr(ownership, "volume_of", lambda _: volume)
    path = tmp_path / "takevoice.toml"
    path.touch(mode=0o600)
    assert is_own(path) is own
    if own and system != "windows":
        path.chmod(0o666)
        assert not is_own(path)


@pytest.mark.parametrize(("platform", "name"), [("linux", "linux"), ("freebsd14", "linux"), ("darwin", "macos"), ("win32", "windows")])
def test_the_system_has_a_name(monkeypatch: pytest.MonkeyPatch, platform: str, name: str) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert current.name() == name


def test_writing_is_tried_once_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unlike tempfile, which on Windows takes a refusal for a name that is taken."""
    assert try_writing(tmp_path) is None
    private = "/Users/J/AppData/Local/Packages/PythonSoftwareFoundation.Python.3.12/LocalCache/Local/x"
    with monkeypatch.context() as patch:
        patch.setattr("os.path.realpath", lambda _: private)
        assert try_writing(tmp_path) == Path(private)
    tries = []

    def refused(path: Path, _data: bytes) -> int:
        tries.append(path)
        raise PermissionError(13, "Access is denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refused)
    with pytest.raises(PermissionError):
        try_writing(tmp_path)
    assert len(tries) == 1
    assert tries[0].name.startswith("."), "watchers skip hidden files"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
def test_a_link_to_a_folder_is_not_the_users_own(on: Callable[[str], None], system: str, tmp_path: Path) -> None:
    on(system)
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    assert is_mine(folder)
    assert not is_mine(link)


def test_a_folder_is_made_private_and_never_a_link(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir(mode=0o755)
    make_private(folder)
    if os.name != "nt":
        assert folder.stat().st_mode & 0o077 == 0
    link.symlink_to(tmp_path)
    with pytest.raises(PermissionError):
        make_private(link)
