"""The file in the state dir that tells `takevoice jobs` what the daemon's takes wait for."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from takevoice.files import write_atomic
from takevoice.paths import StateDir
from takevoice.system import place

log = logging.getLogger("takevoice")


class ProblemFile:
    """`problems.json`: the problem of each backend that has one, in words. It is not there while there is none."""

    def __init__(self, state: StateDir) -> None:
        self._path = state.problems

    def write(self, problems: Mapping[str, str]) -> None:
        """Replace the file; a failure is only logged, as takes do not depend on it."""
        try:
            if problems:
                write_atomic(self._path, json.dumps(dict(problems)).encode())
            else:
                place.remove(self._path)
        except OSError as error:
            log.debug("%s cannot be written: %s", self._path, error)
