"""The version of the system, on three systems."""

from __future__ import annotations

import platform
import sysconfig
from collections.abc import Callable

import pytest

from habits.kernel32 import Kernel32
from habits.macos import Library
from takevoice.system import current
from takevoice.system.os_version import os_version


def test_linux_has_a_distribution_and_a_kernel(
    on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on("linux")
    monkeypatch.setattr(platform, "release", lambda: "6.1.0")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: {"PRETTY_NAME": "Debian 12"})
    assert os_version() == "Debian 12, kernel 6.1.0, aarch64"

    def missing() -> dict[str, str]:
        raise FileNotFoundError(2, "no os-release")

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    monkeypatch.setattr(platform, "system", lambda: "FreeBSD")
    assert os_version() == "FreeBSD, kernel 6.1.0, aarch64"


@pytest.mark.parametrize(
    ("translated", "end"), [(-1, "x86_64"), (0, "x86_64"), (1, "x86_64, translated by Rosetta")]
)
def test_macos_tells_a_translated_python(
    on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, translated: int, end: str
) -> None:
    on("macos")
    library = Library()
    library.translated = translated
    monkeypatch.setattr(current, "c_library", lambda: library)
    monkeypatch.setattr(platform, "mac_ver", lambda: ("14.4", ("", "", ""), "arm64"))
    monkeypatch.setattr(platform, "release", lambda: "23.4.0")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert os_version() == f"macOS 14.4, Darwin 23.4.0, {end}"


@pytest.mark.parametrize(
    ("native", "built", "end"),
    [
        (0x8664, "win-amd64", "win-amd64"),
        (0xAA64, "win-arm64", "win-arm64"),
        (0xAA64, "win-amd64", "win-amd64, emulated on ARM"),
        (0, "win-amd64", "win-amd64"),  # the call fails
        (None, "win-amd64", "win-amd64"),  # Windows 10 before 1709 has no such call
    ],
)
def test_windows_tells_an_emulated_python(
    kernel32: Kernel32, monkeypatch: pytest.MonkeyPatch, native: int | None, built: str, end: str
) -> None:
    kernel32.native_machine = native or 0
    if native is None:
        monkeypatch.delattr(kernel32, "IsWow64Process2")
    monkeypatch.setattr(platform, "win32_ver", lambda: ("11", "10.0.22631", "SP0", "Multiprocessor Free"))
    monkeypatch.setattr(sysconfig, "get_platform", lambda: built)
    assert os_version() == f"Windows 11 10.0.22631, {end}"
