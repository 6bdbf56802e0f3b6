# ruff: noqa: N802
"""Calls about files, folders, processes and what REAPER keeps over restarts."""

from __future__ import annotations

import shlex
import subprocess
import time
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .model import new_guid
from .part import Part

NOT_WAITING = (-1, -2)


@dataclass
class ExtState:
    """REAPER's reaper-extstate.ini: one line for a value, which is why newlines get lost."""

    file: Path
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    kept: set[tuple[str, str]] = field(default_factory=set)

    def read(self) -> None:
        """Read the file, as REAPER does at its start."""
        section = ""
        text = self.file.read_text("utf-8", "surrogateescape") if self.file.is_file() else ""
        for line in text.split("\n"):
            if line.startswith("["):
                section = line.strip("[]")
            elif "=" in line:
                key, _, value = line.partition("=")
                self.values[section, key] = value.strip()
                self.kept.add((section, key))

    def write(self) -> None:
        """Write what is to be kept."""
        rows = []
        for section in sorted({section for section, _ in self.kept}):
            rows.append(f"[{section}]")
            rows += [f"{key}={self.values[name, key]}" for name, key in sorted(self.kept) if name == section]
        self.file.write_text("\n".join([*rows, ""]), "utf-8", "surrogateescape")


class Files(Part):
    """Files, processes, extension state, versions."""

    def __init__(self, reaper: Any):
        super().__init__(reaper)
        self._listed: dict[str, list[str]] = {}
        self._folders: dict[str, list[str]] = {}

    def file_exists(self, path: str) -> bool:
        return Path(path).is_file()

    def GetResourcePath(self) -> str:
        return str(self._reaper.resources)

    def GetExePath(self) -> str:
        return self._reaper.exe_path

    def get_ini_file(self) -> str:
        return str(self._reaper.resources / "reaper.ini")

    def RecursiveCreateDirectory(self, path: str, ignored: int) -> int:
        existed = Path(path).is_dir()
        try:
            Path(path).mkdir(parents=True, exist_ok=True)
        except OSError:
            return 0
        return 0 if existed else 1

    def EnumerateFiles(self, path: str, index: int) -> str | None:
        return self._enumerated(self._listed, path, index, folders=False)

    def EnumerateSubdirectories(self, path: str, index: int) -> str | None:
        return self._enumerated(self._folders, path, index, folders=True)

    def _enumerated(self, cache: dict[str, list[str]], path: str, index: int, folders: bool) -> str | None:
        if int(index) == -1 or path not in cache:
            root = Path(path)
            found = root.iterdir() if root.is_dir() else ()
            cache.clear()  # the last folder only
            cache[path] = sorted(each.name for each in found if each.is_dir() == folders)
        if int(index) == -1:
            return None
        return cache[path][int(index)] if 0 <= int(index) < len(cache[path]) else None

    def ExecProcess(self, line: str, timeout: int) -> str | None:
        self._reaper.executed.append(line)
        words = _words(line, self._reaper.os)
        if self._reaper.processes_fail or not words or not Path(words[0]).is_absolute():
            return None  # no search along PATH
        try:
            if int(timeout) in NOT_WAITING:
                out = subprocess.DEVNULL
                process = subprocess.Popen(words, stdin=out, stdout=out, stderr=out)
                self._reaper.processes.append(process)
                return ""
            seconds = int(timeout) / 1000 or None
            done = subprocess.run(words, capture_output=True, timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return "259\n"
        except OSError:
            return None
        return f"{done.returncode}\n{done.stdout.decode('utf-8', 'surrogateescape')}"

    def GetOS(self) -> str:
        return self._reaper.os

    def GetAppVersion(self) -> str:
        return {7: "7.60/linux-x86_64", 6: "6.83/linux-x86_64"}[self._reaper.version]

    def APIExists(self, name: str) -> bool:
        return self._reaper.exists(name)

    def time_precise(self) -> float:
        return time.perf_counter() + self._reaper.clock_ahead

    def genGuid(self, _guid: str) -> str:
        return new_guid()

    # Kept over restarts

    def GetExtState(self, section: str, key: str) -> str:
        return self._reaper.ext_state.values.get((section, key), "")

    def HasExtState(self, section: str, key: str) -> bool:
        return (section, key) in self._reaper.ext_state.values

    def SetExtState(self, section: str, key: str, value: str, persist: bool) -> None:
        state = self._reaper.ext_state
        state.values[section, key] = value
        if persist:
            if "\n" in value or "\r" in value:
                self._reaper.blame(f"SetExtState: newline in {section}/{key}, which is to be kept")
            state.kept.add((section, key))
            state.write()

    def DeleteExtState(self, section: str, key: str, persist: bool) -> None:
        state = self._reaper.ext_state
        state.values.pop((section, key), None)
        if persist and (section, key) in state.kept:
            state.kept.discard((section, key))
            state.write()

    def gmem_attach(self, name: str) -> str:
        before, self._reaper.gmem_name = self._reaper.gmem_name, name
        return before

    def gmem_read(self, index: int) -> float | None:
        return self._gmem().get(int(index), 0.0) if self._reaper.gmem_name else None

    def gmem_write(self, index: int, value: float) -> None:
        if self._reaper.gmem_name:
            self._gmem()[int(index)] = float(value)

    def _gmem(self) -> dict[int, float]:
        return self._reaper.gmem.setdefault(self._reaper.gmem_name, {})

    # The list of actions

    def AddRemoveReaScript(self, add: bool, section: int, path: str, commit: bool) -> int:
        if not Path(path).is_file():
            return 0
        if not add:
            known = self._reaper.commands
            for number in [number for number, each in known.items() if each == Path(path)]:
                del known[number]
            return 1
        return self._reaper.command_of(Path(path))

    def NamedCommandLookup(self, name: str) -> int:
        names = {"_" + script_name(path): number for number, path in self._reaper.commands.items()}
        if name.isdigit():
            return int(name)
        return names.get(name, 0)

    def ReverseNamedCommandLookup(self, number: int) -> str | None:
        path = self._reaper.commands.get(int(number))
        return script_name(path) if path else None


def script_name(path: Path) -> str:
    """Return the name of a script's action, without the underscore."""
    return f"RS{zlib.crc32(str(path).encode()):08x}{zlib.adler32(str(path).encode()):08x}"


def _words(line: str, system: str) -> list[str]:
    """Return the words of a command line."""
    try:
        if system.startswith("Win"):
            return [word.strip('"') for word in shlex.split(line, posix=False)]
        return shlex.split(line)
    except ValueError:
        return []
