"""The page's own files. They are read once; only they can be asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


class Asset(NamedTuple):
    """A file, its type, and what identifies its contents."""

    body: bytes
    media_type: str
    etag: str


def load_assets(package: str = "takevoice_plugins.page") -> Mapping[str, Asset]:
    """Return all files of a package's page by their path, such as "/page.css"; "/" is the page itself."""
    found: dict[str, Asset] = {}
    _collect(files(package) / "static", "", found)
    return {**found, "/": found["/index.html"]}


def _collect(folder: Traversable, at: str, found: dict[str, Asset]) -> None:
    for each in folder.iterdir():
        path, suffix = f"{at}/{each.name}", each.name.rpartition(".")[2]
        if each.is_dir():
            _collect(each, path, found)
        elif suffix in _TYPES:
            body = each.read_bytes()
            found[path] = Asset(body, _TYPES[suffix], f'"{hashlib.sha256(body).hexdigest()[:16]}"')
