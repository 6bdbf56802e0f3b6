"""Where takevoice keeps what has to last."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import platformdirs

from takevoice.errors import ConfigError

STATE_VARIABLE = "TAKEVOICE_STATE"


def absolute_path(path: Path, base: Path | None = None) -> Path:
    """The path as an absolute one, with ~ for the home folder; a relative one starts at `base`, else where we are.

    Raises:
        ConfigError: there is no such user, or the name can be none of a file's.
    """
    try:
        full = ((base or Path.cwd()) / path.expanduser()).absolute()
        full.exists()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return full  # whoever uses it sees what is wrong
        raise _unusable(path, "the name is too long") from None
    except (RuntimeError, ValueError) as error:
        raise _unusable(path, str(error)) from None
    return full


def _unusable(path: Path, reason: str) -> ConfigError:
    return ConfigError(f"cannot be used as a path: {reason}", where=str(path)[:200])


def state_dir(given: Path | None) -> Path:
    """Where the ledger, results and logs are: --state, else TAKEVOICE_STATE, else the user's state dir."""
    wanted = (
        given or os.environ.get(STATE_VARIABLE) or platformdirs.user_state_dir("takevoice", appauthor=False)
    )
    return absolute_path(Path(wanted))


def config_dir() -> Path:
    """The user's config dir, with `takevoice.toml` and `plugins/`."""
    return Path(platformdirs.user_config_dir("takevoice", appauthor=False))
