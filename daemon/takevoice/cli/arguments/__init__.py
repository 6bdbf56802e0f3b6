"""The arguments of each command, in a module of its own that loads nothing of what the command does.

So `takevoice COMMAND --help` answers at once, and so does a command that finds a mistake in its arguments.
"""

from __future__ import annotations

import argparse
import os

from takevoice.lazy import TYPE_CHECKING
from takevoice.state_names import LEDGER, plain_state_dir

if TYPE_CHECKING:
    from pathlib import Path


class Arguments(argparse.Namespace):
    """What `run` of a command gets."""

    given_state: str | None = None  # --state
    console = True  # False: standard output and error were nowhere, and are files now

    @property
    def state_name(self) -> str:
        """The state dir, as an absolute path; raises ConfigError."""
        plain = plain_state_dir(self.given_state)
        return _folder(plain) if plain else str(self.state)

    @property
    def state(self) -> Path:
        """The state dir, as an absolute path; raises ConfigError."""
        from pathlib import Path

        from takevoice.paths import state_dir

        state = state_dir(None if self.given_state is None else Path(self.given_state))
        _folder(str(state))
        return state


def _folder(state: str) -> str:
    """Return the state dir; raise ConfigError when it is a file."""
    if os.path.isfile(state):  # noqa: PTH113
        from takevoice.errors import ConfigError

        hint = f"a backup of the ledger is used from a folder, in which it is called {LEDGER}"
        raise ConfigError("is a file, and the state dir is a folder", where=state, hint=hint)
    return state
