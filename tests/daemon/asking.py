"""Requests as files, as scripts leave them for a daemon, and what comes back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from support import wait_for
from takevoice.service.osc.result_files import result_name


class Asking:
    """A script that asks the daemon with this state dir."""

    def __init__(self, state: Path) -> None:
        self.state, self.folder = state, state / "handover"

    def leave(self, request_id: str, address: str = "/takevoice/convert", **content: Any) -> str:
        """Leave a request, written whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / result_name(request_id)
        part = path.with_suffix(".part")
        given = {"id": request_id, "address": address, **content}
        part.write_text(json.dumps(given, default=os.fspath), "utf-8")
        part.replace(path)
        return request_id

    def result(self, request_id: str) -> dict[str, Any] | None:
        """Return the result that is there."""
        try:
            return json.loads((self.state / "results" / result_name(request_id)).read_text())  # type: ignore[no-any-return]
        except FileNotFoundError:
            return None

    def ended(self, request_id: str, seconds: float = 60.0) -> dict[str, Any]:
        """Wait for the result, and return it."""
        return wait_for(lambda: self.result(request_id), seconds)  # type: ignore[no-any-return]

    def ask(self, request_id: str, address: str = "/takevoice/convert", **content: Any) -> dict[str, Any]:
        """Leave a request, and return its result."""
        return self.ended(self.leave(request_id, address, **content))

    def progress(self) -> dict[str, Any]:
        """Return the progress of each request that has not ended."""
        try:
            return json.loads((self.folder / "progress.json").read_text())["requests"]  # type: ignore[no-any-return]
        except FileNotFoundError:
            return {}

    def left(self) -> list[str]:
        """Return the names of what is in the hand-over folder."""
        return sorted(path.name for path in self.folder.iterdir())


def cut(start: float, length: float, handle: float = 0.0, **more: object) -> dict[str, object]:
    """Return the part of a file as a request names it, in seconds."""
    return {"start": start, "length": length, "handle": handle, **more}
