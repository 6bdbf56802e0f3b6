"""Where the states of a user's programs are kept, worked out without loading anything: `takevoice jobs` is quick by it.

Elsewhere, and in odd cases, platformdirs works it out; what is found here is the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from takevoice.system import current


def plain_state_home() -> str | None:
    """Return the absolute folder; None when platformdirs has to find it."""
    return _PLAIN[current.name()]()


def _xdg_state_home() -> str | None:
    """Follow the XDG Base Directory Specification: a relative path counts as not set."""
    home = os.environ.get("XDG_STATE_HOME", "")
    if os.path.isabs(home):  # noqa: PTH117 - pathlib takes its time to load
        return home
    own = os.environ.get("HOME", "")
    return f"{own.rstrip('/')}/.local/state" if not home and own.startswith("/") else None


def _unknown() -> str | None:
    return None


_PLAIN: Mapping[str, Callable[[], str | None]] = {
    "linux": _xdg_state_home,
    "macos": _unknown,
    "windows": _unknown,
}
