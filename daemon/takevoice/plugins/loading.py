"""Where plugins come from: installed packages, and single files next to the config."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GROUP = "takevoice"


@dataclass(frozen=True)
class PluginSource:
    """A plugin that can be loaded."""

    name: str
    source: str  # where it comes from, for people
    load: Callable[[], Any]
    version: Callable[[], str]


def installed() -> Sequence[PluginSource]:
    """Return the installed plugins: entry points of the group "takevoice", by name."""
    found = []
    for entry in importlib.metadata.entry_points(group=GROUP):
        source = f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
        found.append(PluginSource(entry.name, source, entry.load, functools.partial(str, source)))
    return sorted(found, key=lambda f: f.name)


def single_files(folder: Path | None) -> Sequence[PluginSource]:
    """Return the plugins that are single .py files in a folder; names that begin with _ or . are left out."""
    if folder is None or not folder.is_dir():
        return []
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith(("_", ".")))
    return [
        PluginSource(path.stem, str(path), functools.partial(_import, path), functools.partial(_digest, path))
        for path in files
    ]


def _digest(path: Path) -> str:
    """Return the version of a single-file plugin: a hash of its content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _import(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"takevoice_inline_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
