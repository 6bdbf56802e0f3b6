"""takevoice install service: starts takevoice at login, by systemd on Linux, launchd on macOS, a startup script on Windows.

Tested with systemd only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.sax.saxutils import escape

from takevoice.cli.install.files import Plan

UNIT = """\
[Unit]
Description=takevoice: converts rendered takes to another voice

[Service]
ExecStart={command}
Restart=on-failure
RestartSec=10

[Install]
WantedBy=default.target
"""
PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>takevoice</string>
  <key>ProgramArguments</key>
  <array>{arguments}</array>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
</dict>
</plist>
"""


def plan(into: Path | None, state: Path) -> Plan:
    """Return the file that starts `takevoice run` with this Python, this state dir and the user's config."""
    arguments = [sys.executable, "-m", "takevoice", "run", "--state", str(state)]
    first = "Name your folders in the config, because a service has no arguments: `takevoice init FOLDER` writes one."
    if sys.platform == "win32":
        folder = into or Path(os.environ["APPDATA"]) / "Microsoft/Windows/Start Menu/Programs/Startup"
        line = " ".join(f'"{word}"' for word in arguments)
        script = f'@start "takevoice" /min {line}\r\n'
        return Plan(
            {folder / "takevoice.cmd": script.encode()},
            (first, "Sign in again, or double-click the file to start takevoice now."),
        )
    if sys.platform == "darwin":
        folder = into or Path.home() / "Library" / "LaunchAgents"
        text = PLIST.format(arguments="".join(f"<string>{escape(word)}</string>" for word in arguments))
        path = folder / "takevoice.plist"
        return Plan({path: text.encode()}, (first, f"Start it now: launchctl load {path}"))
    folder = into or Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    unit = UNIT.format(command=" ".join(_systemd_word(word) for word in arguments))
    steps = (
        first,
        "Start it now and at each login: systemctl --user daemon-reload && systemctl --user enable --now takevoice",
        "Read its log: journalctl --user -u takevoice -f",
    )
    return Plan({folder / "takevoice.service": unit.encode("utf-8", "surrogateescape")}, steps)


def _systemd_word(word: str) -> str:
    """Quote a word as in systemd.service(5)."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{plain}"'
