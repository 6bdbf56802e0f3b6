"""Clients from npm, installed once per session into a temporary folder and never part of the repository."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--loglevel=error")
TIMEOUT = 60  # seconds


class Node:
    """Node.js with some packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, script: str, *arguments: object) -> list[Any]:
        """Run a script that ends by itself; return what it prints, a JSON value per line."""
        done = subprocess.run(
            ["node", "-e", script, *map(str, arguments)],
            cwd=self._folder, capture_output=True, text=True, timeout=TIMEOUT,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def node_with(tmp_path_factory: pytest.TempPathFactory, name: str, packages: tuple[str, ...]) -> Node:
    """Node.js with these packages, in a folder of that name; without npm or a registry, what needs it is skipped."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("needs Node.js and npm (apt-get install nodejs npm)")
    here = tmp_path_factory.getbasetemp()
    # The workers of one run share a folder above their own.
    folder = (here.parent if "PYTEST_XDIST_WORKER" in os.environ else here) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules").exists():
            _install(folder, packages)
    return Node(folder)


def _install(folder: Path, packages: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(
            [*INSTALL, "--prefix", str(folder), *packages], capture_output=True, text=True, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm does not reply")
    if done.returncode:
        pytest.skip(f"npm cannot install the clients: {done.stderr.strip()[-200:]}")
