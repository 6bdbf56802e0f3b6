"""Print which dependencies have wheels for which system, as a table.

    python tests/bench/wheels.py [pyproject.toml]

For each system and each Python, pip's own resolver looks for a wheel of each direct dependency whose marker applies
there, and for its source archive if there is none. The cells name the Pythons where that is so:

- `yes`: a wheel of this system, or of all systems if the package has only that one; with its version if other systems
  get a newer one;
- `any`: only the wheel for all systems, although other systems get one of their own, with its C library inside;
- `sdist`: only the source archive;
- `not needed`: the marker in pyproject.toml excludes it here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Target:
    """A system: pip's platform tags, and what environment markers see there."""

    name: str
    tags: tuple[str, ...]
    sys_platform: str
    machine: str

    def environment(self, python: str) -> dict[str, str]:
        """Return the environment in which markers are evaluated (PEP 508)."""
        systems = {"win32": ("Windows", "nt"), "darwin": ("Darwin", "posix"), "linux": ("Linux", "posix")}
        platform_system, os_name = systems[self.sys_platform]
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{python}.0",
            "os_name": os_name,
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": platform_system,
            "platform_version": "",
            "python_full_version": f"{python}.0",
            "python_version": python,
            "sys_platform": self.sys_platform,
            "extra": "",
        }


def manylinux(machine: str) -> tuple[str, ...]:
    """Return the tags of a system with glibc 2.36 (Debian 12), newest first."""
    return (
        *(f"manylinux_2_{minor}_{machine}" for minor in range(36, 16, -1)),
        f"manylinux2014_{machine}",
        f"linux_{machine}",
    )


def musllinux(machine: str) -> tuple[str, ...]:
    """Return the tags of a system with musl 1.2, newest first."""
    return (f"musllinux_1_2_{machine}", f"musllinux_1_1_{machine}", f"linux_{machine}")


TARGETS = (
    Target("Windows x86_64", ("win_amd64",), "win32", "AMD64"),
    Target("Windows on ARM", ("win_arm64",), "win32", "ARM64"),
    Target("macOS 14 arm64", ("macosx_14_0_arm64",), "darwin", "arm64"),
    Target("macOS 14 x86_64", ("macosx_14_0_x86_64",), "darwin", "x86_64"),
    Target("Linux x86_64", manylinux("x86_64"), "linux", "x86_64"),
    Target("Linux aarch64", manylinux("aarch64"), "linux", "aarch64"),
    Target("Alpine x86_64", musllinux("x86_64"), "linux", "x86_64"),
    Target("Alpine aarch64", musllinux("aarch64"), "linux", "aarch64"),
)


def pip(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True)


def wheels(requirements: list[Requirement], target: Target, python: str) -> dict[str, str | None]:
    """Return by requirement the wheel's file name, or None: one question, or one for each if pip refuses it."""
    if not requirements:
        return {}
    words = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--only-binary", ":all:", "--quiet"]
    words += ["--report", "-", "--implementation", "cp", "--python-version", python]
    words += [
        "--target",
        str(Path(tempfile.gettempdir(), "unused")),
    ]  # older pips require it; nothing is written
    words += [word for tag in target.tags for word in ("--platform", tag)]
    names = {f"{r.name}{r.specifier}": r.name for r in requirements}
    done = pip(*words, *names)
    if done.returncode:
        if len(requirements) == 1:
            if "No matching distribution" not in done.stderr:
                raise SystemExit(done.stderr)
            return {requirements[0].name: None}
        half = len(requirements) // 2
        return {
            **wheels(requirements[:half], target, python),
            **wheels(requirements[half:], target, python),
        }
    report = json.loads(done.stdout)["install"]
    by_name = {each["metadata"]["name"].lower().replace("_", "-"): each for each in report}
    return {name: by_name[name]["download_info"]["url"].rpartition("/")[2] for name in names.values()}


@cache
def has_source(requirement: str) -> bool:
    """Whether the package has a source archive: pip lists its versions without those that have only wheels."""
    name = Requirement(requirement).name
    return pip("index", "versions", "--no-binary", ":all:", name).returncode == 0


def found(requirements: list[Requirement], target: Target, python: str) -> dict[str, str]:
    """Return by dependency the name of its wheel, "sdist", "none" or "not needed"."""
    environment = target.environment(python)
    needed = [r for r in requirements if r.marker is None or r.marker.evaluate(environment)]
    answer = {r.name: "not needed" for r in requirements}
    for name, wheel in wheels(needed, target, python).items():
        answer[name] = wheel or ("sdist" if has_source(name) else "none")
    return answer


def is_for_all(wheel: str) -> bool:
    """Whether it is a wheel for all systems."""
    return wheel.endswith("-none-any.whl")


def version(wheel: str) -> Version:
    """The version in a wheel's name."""
    return Version(wheel.split("-")[1])


def cell(by_python: dict[str, str], newest: dict[str, Version], has_own: bool) -> str:
    """Return what was found, with the Pythons unless it is the same for all."""
    kinds: dict[str, list[str]] = {}
    for python, wheel in by_python.items():
        kind = wheel
        if wheel.endswith(".whl"):
            kind = "any" if is_for_all(wheel) and has_own else "yes"
            if version(wheel) < newest[python]:
                kind += f" ({version(wheel)})"
        kinds.setdefault(kind, []).append(python)
    if len(kinds) == 1:
        return next(iter(kinds))
    return ", ".join(f"{kind} on {' '.join(pythons)}" for kind, pythons in kinds.items())


def main(project: Path = ROOT / "pyproject.toml") -> None:
    """Print the table."""
    texts = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
    requirements = [Requirement(text) for text in texts]
    questions = [(target, python) for target in TARGETS for python in PYTHONS]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda question: found(requirements, *question), questions))
    table: dict[str, dict[str, dict[str, str]]] = {}
    for (target, python), answer in zip(questions, answers, strict=True):
        for name, wheel in answer.items():
            table.setdefault(name, {}).setdefault(target.name, {})[python] = wheel
    print("|".join(["", " dependency ", *(f" {target.name} " for target in TARGETS), ""]))
    print("|---" * (len(TARGETS) + 1) + "|")
    for name, row in sorted(table.items()):
        wheels_of = {
            python: [cells[python] for cells in row.values() if cells[python].endswith(".whl")]
            for python in PYTHONS
        }
        newest = {python: max(map(version, found_there)) for python, found_there in wheels_of.items()}
        has_own = any(not is_for_all(wheel) for found_there in wheels_of.values() for wheel in found_there)
        cells = [cell(row[target.name], newest, has_own) for target in TARGETS]
        print("|".join(["", f" {name} ", *(f" {text} " for text in cells), ""]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
