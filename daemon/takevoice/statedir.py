"""Where takevoice keeps what has to last."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

STATE_VARIABLE = "TAKEVOICE_STATE"


def state_dir(given: Path | None) -> Path:
    """Where the ledger, results and logs are: --state, else TAKEVOICE_STATE, else the user's state dir."""
    wanted = (
        given or os.environ.get(STATE_VARIABLE) or platformdirs.user_state_dir("takevoice", appauthor=False)
    )
    return Path(wanted).expanduser().absolute()


def config_dir() -> Path:
    """The user's config dir, with `takevoice.toml` and `plugins/`."""
    return Path(platformdirs.user_config_dir("takevoice", appauthor=False))
