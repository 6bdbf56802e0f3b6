"""Where programs keep a user's files, how names are spelt, and what prepares the process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from takevoice.system.fileid import folder_identity
from takevoice.system.folders import preferences_folder, settings_folder
from takevoice.system.keystore import KeyState, Keystore
from takevoice.system.spelling import as_on_disk
from takevoice.system.writers import prepare_process


@pytest.mark.parametrize(
    ("system", "settings", "preferences"),
    [
        ("linux", "home/.config", "home/.config"),
        ("macos", "home/Library/Application Support", "home/Library/Preferences"),
        ("windows", "home/AppData/Roaming", "home/AppData/Local"),
    ],
)
def test_the_folders_of_a_user(
    on: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    system: str,
    settings: str,
    preferences: str,
) -> None:
    on(system)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    assert (settings_folder(), preferences_folder()) == (tmp_path / settings, tmp_path / preferences)


def test_what_cannot_be_listed_is_spelt_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take = tmp_path / "take.wav"
    take.touch()
    assert as_on_disk(tmp_path / "missing" / "Take.wav") == tmp_path.resolve() / "missing" / "Take.wav"

    def refused(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    assert as_on_disk(take) == take.resolve()


def test_a_folder_that_is_replaced_is_another_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert folder_identity(first.stat()) == folder_identity(first.stat()) != folder_identity(second.stat())


def test_a_machine_without_a_keyring_has_no_key() -> None:
    from keyring.errors import NoKeyringError

    def none() -> str:
        raise NoKeyringError("no recommended backend was available")

    assert Keystore(none).find().state is KeyState.NONE


@pytest.mark.skipif(sys.platform != "linux", reason="the lease is Linux' way")
def test_a_broken_lease_does_not_end_the_process() -> None:
    before = signal.getsignal(signal.SIGIO)
    try:
        prepare_process()
        signal.raise_signal(signal.SIGIO)
    finally:
        signal.signal(signal.SIGIO, before)
