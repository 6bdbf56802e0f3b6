"""The state dir and what is in it, as text: commands that must answer at once load no pathlib for it."""

from __future__ import annotations

import os

from takevoice.system.state_home import plain_state_home

STATE_VARIABLE = "TAKEVOICE_STATE"
FOLDER = "takevoice"  # in the folder of all programs
LEDGER = "ledger.sqlite3"
OWNERS = "runners"  # a folder: for each owner of jobs, the lock that its process holds
PROBLEMS = "problems.json"
DAEMON = "daemon"
"""The owner whose jobs `takevoice run` works on."""

_SAFE = 200  # bytes: no file system refuses such a path for its length


def plain_state_dir(given: str | None) -> str | None:
    """Return the absolute state dir: --state, else TAKEVOICE_STATE, else the user's own.

    None when it takes more than a look to say: `paths.state_dir` knows then.
    """
    wanted = given or os.environ.get(STATE_VARIABLE)
    if not wanted:
        home = plain_state_home()
        wanted = home and f"{home}/{FOLDER}"
    return wanted if wanted and _is_plain(wanted) else None


def _is_plain(path: str) -> bool:
    """Return True for an absolute path that needs no work."""
    is_short = len(os.fsencode(path)) < _SAFE and "\0" not in path
    return is_short and os.path.normpath(path) == path and os.path.isabs(path)  # noqa: PTH117
