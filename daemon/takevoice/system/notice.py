"""Shows a notice on the desktop. Untested on macOS and Windows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from takevoice.system import current

PATIENCE = 20.0  # seconds
_TITLE, _TEXT = "TAKEVOICE_TITLE", "TAKEVOICE_TEXT"
_BALLOON = (
    "Add-Type -AssemblyName System.Windows.Forms; $n = New-Object System.Windows.Forms.NotifyIcon; "
    "$n.Icon = [System.Drawing.SystemIcons]::Information; $n.Visible = $true; "
    f"$n.ShowBalloonTip(10000, $env:{_TITLE}, $env:{_TEXT}, 'Info'); Start-Sleep 10; $n.Dispose()"
)
_PROGRAMS: Mapping[current.System, Sequence[str]] = {
    "linux": ("notify-send", "--app-name=takevoice", "--"),
    "macos": (
        "osascript",
        *("-e", "on run argv", "-e", "display notification (item 2 of argv) with title (item 1 of argv)", "-e", "end run"),
    ),
    "windows": ("powershell", "-NoProfile", "-Command", _BALLOON),
}
_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")


def can_notify() -> bool:
    """Return True where a notice can be shown: there is a desktop, and the program that shows it."""
    system = current.name()
    has_desktop = system != "linux" or any(os.environ.get(name) for name in _DESKTOPS)
    return has_desktop and shutil.which(_PROGRAMS[system][0]) is not None


def notify(title: str, text: str) -> bool:
    """Show a notice; return False where that is not possible."""
    if not can_notify():
        return False
    system = current.name()
    words = [*_PROGRAMS[system], *(() if system == "windows" else (title, text))]
    try:
        done = subprocess.run(
            words,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            env={**os.environ, _TITLE: title, _TEXT: text},
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
