"""Where takevoice keeps its files: the state dir, the config dir, and paths as users give them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from takevoice.errors import ConfigError
from takevoice.state_names import FOLDER, LEDGER, OWNERS, PROBLEMS, STATE_VARIABLE, plain_state_dir
from takevoice.system.spelling import is_too_long


def absolute_path(path: Path, base: Path | None = None) -> Path:
    """Return an absolute path, with ~ for the home folder; a relative one starts at `base`, else at the current folder.

    The file system is not asked: it may not answer.

    Raises:
        ConfigError: there is no such user, or no file can have that name.
    """
    try:
        full = ((base or Path.cwd()) / path.expanduser()).absolute()
    except (RuntimeError, ValueError) as error:
        raise _unusable(path, str(error)) from None
    if "\0" in str(full):
        raise _unusable(path, "embedded null byte")
    if is_too_long(full):
        raise _unusable(path, "the name is too long")
    return full


def _unusable(path: Path, reason: str) -> ConfigError:
    return ConfigError(f"cannot be used as a path: {reason}", where=str(path)[:200])


def state_dir(given: Path | None) -> Path:
    """Return the state dir: --state, else TAKEVOICE_STATE, else the user's own."""
    plain = plain_state_dir(None if given is None else str(given))
    if plain is not None:
        return Path(plain)
    wanted = given or os.environ.get(STATE_VARIABLE)
    if not wanted:
        import platformdirs  # slow to load

        wanted = platformdirs.user_state_dir(FOLDER, appauthor=False)
    return absolute_path(Path(wanted))


def config_dir() -> Path:
    """Return the user's config dir, with `takevoice.toml` and `plugins/`."""
    import platformdirs  # slow to load

    return Path(platformdirs.user_config_dir(FOLDER, appauthor=False))


@dataclass(frozen=True)
class StateDir:
    """The state dir: the name of everything in it, once."""

    path: Path

    @property
    def ledger(self) -> Path:
        """The SQLite database of all jobs."""
        return self.path / LEDGER

    @property
    def ledger_checked(self) -> Path:
        """An empty file whose time is that of the ledger's last check."""
        return self.path / "ledger.checked"

    @property
    def work(self) -> Path:
        """One folder for each unfinished job, with the audio that its backend sent."""
        return self.path / "work"

    @property
    def results(self) -> Path:
        """One JSON file for each finished request."""
        return self.path / "results"

    @property
    def handover(self) -> Path:
        """Where scripts leave audio that is in no watched folder."""
        return self.path / "handover"

    @property
    def samples(self) -> Path:
        """Samples of voices, to listen to."""
        return self.path / "samples"

    @property
    def auditions(self) -> Path:
        """Parts of takes in the voices that were tried for their characters."""
        return self.path / "auditions"

    @property
    def configs(self) -> Path:
        """Copies of configs from before they were edited."""
        return self.path / "configs"

    @property
    def logs(self) -> Path:
        """The log files."""
        return self.path / "logs"

    @property
    def claims(self) -> Path:
        """Who this takevoice is to other machines, and a file for each take that it has claimed in a shared folder."""
        return self.path / "claims"

    @property
    def osc_address(self) -> Path:
        """Where the daemon listens for OSC, as JSON."""
        return self.path / "osc.json"

    @property
    def problems(self) -> Path:
        """What the daemon's takes wait for, as JSON; not there while they wait for nothing."""
        return self.path / PROBLEMS

    @property
    def installed_into(self) -> Path:
        """The folders that `takevoice install --into` has installed to, as JSON."""
        return self.path / "installed-into.json"

    def owner_lock(self, owner: str) -> Path:
        """The lock that the process working on this owner's jobs holds."""
        return self.path / OWNERS / owner
