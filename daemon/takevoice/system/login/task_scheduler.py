"""A task of Windows' Task Scheduler. Formats: Task Scheduler Schema, schtasks, CommandLineToArgvW (Microsoft Learn)."""

from __future__ import annotations

import codecs
import ntpath
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path

from takevoice.errors import StorageError
from takevoice.system.login.interface import NAME, NOT_FOUND, Call, Runner, Setup, Status

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
Element = Mapping[str, "str | Element"]
"""Attributes (@), and child elements in their order: text, or elements of their own."""
SETTINGS: Element = {
    "MultipleInstancesPolicy": "IgnoreNew",
    "DisallowStartIfOnBatteries": "false",
    "StopIfGoingOnBatteries": "false",
    "IdleSettings": {"StopOnIdleEnd": "false", "RestartOnIdle": "false"},
    "ExecutionTimeLimit": "PT0S",  # no limit; the default is three days
    "Priority": "5",  # normal, as a user waits for each take; the default is below normal
    "RestartOnFailure": {"Interval": "PT1M", "Count": "3"},
}
EXPANDED = re.compile(r'%[^%\\/:"]+%|\$\(')
"""What Task Scheduler replaces in Command and Arguments: environment variables, and $(Arg0) and its like."""
STARTUP = Path("Microsoft") / "Windows" / "Start Menu" / "Programs" / "Startup" / "takevoice.cmd"
STORE = "windowsapps"


class TaskScheduler:
    """Starts takevoice when the user signs in, without a console."""

    name = "Task Scheduler"

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def files(self) -> Mapping[Path, bytes]:
        """Return the definition of the task, in UTF-16 with a byte order mark."""
        root = ET.Element("Task", {"version": "1.3", "xmlns": NAMESPACE})
        _fill(root, self._task())
        ET.indent(root)
        text = f'<?xml version="1.0" encoding="UTF-16"?>\n{ET.tostring(root, "unicode")}\n'
        try:
            octets = text.replace("\n", "\r\n").encode("utf-16-le")
        except UnicodeEncodeError as error:
            raise _unusable(str(self._setup.state), "it is no valid text") from error
        return {self._path(): codecs.BOM_UTF16_LE + octets}

    def _task(self) -> Element:
        command = ntpath.join(ntpath.dirname(self._setup.python), "pythonw.exe")  # no console
        arguments = subprocess.list2cmdline(self._setup.arguments)
        for path in (command, str(self._setup.state)):
            if found := EXPANDED.search(path):
                raise _unusable(path, f"Task Scheduler takes {found[0]} for a variable")
        # A trigger without a user is one for all users, which needs the rights of an administrator.
        return {
            "RegistrationInfo": {"Description": "takevoice: converts rendered takes to another voice"},
            "Triggers": {"LogonTrigger": {"UserId": self._user()}},
            "Principals": {
                "Principal": {
                    "@id": "Author",
                    "UserId": self._user(),
                    "LogonType": "InteractiveToken",
                    "RunLevel": "LeastPrivilege",
                }
            },
            "Settings": SETTINGS,
            "Actions": {"@Context": "Author", "Exec": {"Command": command, "Arguments": arguments}},
        }

    def _user(self) -> str:
        names = (self._setup.environment.get(name, "") for name in ("USERDOMAIN", "USERNAME"))
        return "\\".join(name for name in names if name)

    def _path(self) -> Path:
        return (self._setup.into or self._setup.state) / f"{NAME}.xml"

    def folders(self) -> Sequence[Path]:
        """Return nothing: the task needs no folder."""
        return ()

    def obsolete(self) -> Mapping[Path, bytes]:
        """Return the startup script of earlier versions."""
        roaming = self._setup.environment.get("APPDATA") or self._setup.home / "AppData" / "Roaming"
        return {Path(roaming) / STARTUP: b'@start "takevoice" /min '}

    def install(self) -> Sequence[Call]:
        """Return the commands; a task that runs is ended first, as Windows starts no second instance."""
        # schtasks cannot see the private copy of AppData that a Python from the Microsoft Store writes to.
        path = os.path.realpath(self._path()) if self._from_store() else str(self._path())
        return (
            _schtasks("/End", may_fail=True),
            _schtasks("/Create", "/XML", path, "/F"),
            _schtasks("/Run"),
        )

    def remove(self) -> Sequence[Call]:
        """Return the commands."""
        return (_schtasks("/End", may_fail=True), _schtasks("/Delete", "/F"))

    def after_removal(self) -> Sequence[Call]:
        """Return nothing: Task Scheduler has forgotten the task."""
        return ()

    def status(self, run: Runner) -> Status:
        """Return whether the task exists. What else schtasks prints is in the language of the system."""
        code = run(_schtasks("/Query").argv).code
        return Status(None, problem="there is no schtasks") if code == NOT_FOUND else Status(code == 0)

    def steps(self, watched: Sequence[Path]) -> Sequence[str]:  # noqa: ARG002 - as on all systems
        """Return what a Python from the Microsoft Store means."""
        if not self._from_store():
            return ()
        return (
            "This Python is from the Microsoft Store: Windows keeps what it writes below AppData in a private copy, which "
            "REAPER and Ardour cannot see. Use the Python from python.org, or a state dir elsewhere (--state DIR).",
        )

    def line(self, argv: Sequence[str]) -> str:
        """Return a command as it is typed in a command prompt."""
        return subprocess.list2cmdline(argv)

    def _from_store(self) -> bool:
        return any(STORE in path.lower() for path in (self._setup.python, self._setup.base))


def _fill(parent: ET.Element, values: Element) -> None:
    for name, value in values.items():
        if not isinstance(value, str):
            _fill(ET.SubElement(parent, name), value)
        elif name.startswith("@"):
            parent.set(name[1:], value)
        else:
            ET.SubElement(parent, name).text = value


def _schtasks(action: str, *words: str, may_fail: bool = False) -> Call:
    return Call(("schtasks", action, "/TN", NAME, *words), may_fail)


def _unusable(where: str, reason: str) -> StorageError:
    return StorageError(
        f"cannot be used in a task: {reason}",
        where=where,
        hint="install takevoice or its state dir elsewhere",
    )
