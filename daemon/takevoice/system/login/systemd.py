"""A user unit of systemd. Formats: systemd.service(5), systemd.unit(5), systemd.syntax(7), systemctl(1)."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.system.login.interface import NAME, STOP, Call, Runner, Setup, Status

UNIT = f"{NAME}.service"
TEXT = """\
[Unit]
Description=takevoice: converts rendered takes to another voice
# The key may be in the keyring, which is reached over the session bus.
After=dbus.socket gnome-keyring-daemon.socket
StartLimitIntervalSec=10min
StartLimitBurst=5

[Service]
Type=exec
ExecStart={command}
Restart=on-failure
RestartSec=10
# Another start does not mend a config that cannot be used.
RestartPreventExitStatus=2
TimeoutStopSec={stop}

[Install]
WantedBy=default.target
"""
LOG = f"journalctl --user -u {NAME}"
PROPERTIES = ("UnitFileState", "ActiveState", "ActiveEnterTimestamp", "ExecMainStatus")


class Systemd:
    """Starts takevoice with the user's service manager."""

    name = "systemd"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def files(self) -> Mapping[Path, bytes]:
        """Return the unit."""
        words = (*program(self._setup.python), *self._setup.arguments)
        text = TEXT.format(command=" ".join(quoted(word) for word in words), stop=STOP)
        return {self._folder() / UNIT: text.encode()}

    def _folder(self) -> Path:
        config = self._setup.environment.get("XDG_CONFIG_HOME") or self._setup.home / ".config"
        return self._setup.into or Path(config) / "systemd" / "user"

    def folders(self) -> Sequence[Path]:
        """Return nothing: the unit needs no folder."""
        return ()

    def obsolete(self) -> Mapping[Path, bytes]:
        """Return nothing: earlier versions wrote the same file."""
        return {}

    def install(self) -> Sequence[Call]:
        """Return the commands; after too many starts, systemd refuses another one until `reset-failed`."""
        return (
            _systemctl("daemon-reload"),
            _systemctl("enable", UNIT),
            _systemctl("reset-failed", UNIT, may_fail=True),
            _systemctl("restart", UNIT),
        )

    def remove(self) -> Sequence[Call]:
        """Return the commands."""
        return (_systemctl("disable", "--now", UNIT),)

    def after_removal(self) -> Sequence[Call]:
        """Return the command that makes systemd forget the unit."""
        return (_systemctl("daemon-reload", may_fail=True),)

    def status(self, run: Runner) -> Status:
        """Return what `systemctl show` prints, the form of the status that is meant for programs."""
        answer = run(_systemctl("show", UNIT, f"--property={','.join(PROPERTIES)}").argv)
        if answer.code:
            return Status(None, problem=answer.reason)
        values = dict(line.partition("=")[::2] for line in answer.output.splitlines())
        running = values.get("ActiveState") in ("active", "reloading")
        code = values.get("ExecMainStatus", "0")
        return Status(
            installed=values.get("UnitFileState", "").startswith("enabled"),
            running=running,
            since=values.get("ActiveEnterTimestamp", "") if running else "",
            problem="" if running or code == "0" else f"it ended with exit code {code}, see `{LOG}`",
        )

    def steps(self, watched: Sequence[Path]) -> Sequence[str]:  # noqa: ARG002 - as on all systems
        """Return how to read the log."""
        return (f"Read its log: {LOG} -f",)

    def line(self, argv: Sequence[str]) -> str:
        """Return a command as it is typed in a shell."""
        return shlex.join(argv)


def program(path: str) -> Sequence[str]:
    """Return the words that start a program.

    ":" means that environment variables are not expanded. systemd refuses the path of a program with quotes, backslashes
    or control characters, however it is written; the shell starts those.
    """
    plain = not any(c in "\"'\\" or ord(c) < 32 or ord(c) == 127 for c in path)
    return (f":{path}",) if plain else (":/bin/sh", "-c", 'exec "$@"', "sh", path)


def quoted(word: str) -> str:
    """Return a word of ExecStart in double quotes; bytes that are not UTF-8 and control characters as \\xNN."""
    plain = {"\\": "\\\\", '"': '\\"', "%": "%%"}
    return f'"{"".join(plain.get(c) or _escaped(c) for c in word)}"'


def _escaped(character: str) -> str:
    octets = character.encode("utf-8", "surrogateescape")
    unsafe = len(octets) == 1 and not 32 <= octets[0] < 127
    return f"\\x{octets[0]:02x}" if unsafe else character


def _systemctl(*words: str, may_fail: bool = False) -> Call:
    return Call(("systemctl", "--user", *words), may_fail)
