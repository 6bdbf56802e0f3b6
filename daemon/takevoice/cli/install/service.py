"""takevoice install service: starts takevoice at login, with the login service of the operating system."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from takevoice.cli import FAILED, OK
from takevoice.cli.install.files import DIFFERENT, compare, delete, put, remove
from takevoice.cli.install.report import print_done, print_steps
from takevoice.errors import ConfigError, StorageError, printable
from takevoice.paths import StateDir, config_dir
from takevoice.pipeline.decisions import DAEMON
from takevoice.process_lock import is_locked
from takevoice.settings import find_config, load, watch_root
from takevoice.system.login import Call, LoginService, Runner, Status
from takevoice.system.login.interface import perform

KEY = "ELEVENLABS_API_KEY"


@dataclass(frozen=True)
class ServiceInstaller:
    """Installs and removes the login service of a system, and describes its state."""

    service: LoginService
    state: StateDir
    run: Runner
    sleep: Callable[[float], None] = time.sleep

    def install(self, *, dry_run: bool = False, by_hand: bool = False) -> int:
        """Write the files, register them and start takevoice. `by_hand`: the commands are left to the user.

        Raises:
            ConfigError: there is no config that names folders.
            StorageError: a file cannot be written.
        """
        watched = watched_folders()
        print_done(put(self.service.files(), dry_run=dry_run), dry_run=dry_run)
        self._remove_obsolete(dry_run=dry_run)
        for folder in self.service.folders():
            if not dry_run:
                folder.mkdir(parents=True, exist_ok=True)
        calls = self.service.install()
        steps = (
            [f"Run: {self.service.line(call.argv)}" for call in calls if not call.may_fail] if by_hand else []
        )
        failure = "" if by_hand else self._perform(calls, dry_run=dry_run)
        steps += [*self.service.steps(watched), *key_steps(os.environ)]
        print_steps([*steps, "See whether it runs: takevoice install service --status"])
        return _ended(failure)

    def remove(self, *, dry_run: bool = False, by_hand: bool = False) -> int:
        """Stop takevoice, remove the registration and delete the files. `by_hand`: only delete the files.

        Raises:
            StorageError: a file cannot be deleted.
        """
        status = Status(installed=False) if by_hand else self.service.status(self.run)
        calls = self.service.remove() if status.installed or status.running else ()
        if failure := self._perform(calls, dry_run=dry_run):
            return _ended(failure)  # the files stay, so that the commands can be run again
        files = self.service.files()
        edited = [path for path, state in compare(files) if state == DIFFERENT]
        for path in edited:  # it would start takevoice all the same
            if not dry_run:
                path.replace(path.with_name(f"{path.name}.bak"))
            print_done([(path, "renamed to .bak")], dry_run=dry_run)
        removed = list(remove({path: files[path] for path in files if path not in edited}, dry_run=dry_run))
        print_done(removed, dry_run=dry_run)
        obsolete = self._remove_obsolete(dry_run=dry_run)
        if not (calls or edited or removed or obsolete):
            print(f"takevoice is not installed to start at login ({self.service.name}).")
        elif not by_hand:
            self._perform(self.service.after_removal(), dry_run=dry_run)
        return OK

    def describe(self) -> int:
        """Print whether takevoice starts at login, whether it runs, and where its log is."""
        status = self.service.status(self.run)
        locked = is_locked(self.state.owner_lock(DAEMON))
        running = locked if status.running is None else status.running
        since = status.since or (self._since() if running else "")
        starts = {True: "starts at login", False: "does not start at login", None: "may start at login"}
        runs = ("is running" if running else "is not running") + (f" since {since}" if since else "")
        reason = f": {status.problem}" if status.problem else ""
        print(f"takevoice {starts[status.installed]} ({self.service.name}), and {runs}{reason}.")
        if locked and not running:
            print("Another takevoice is running, which was started in another way.")
        differs = any(state == DIFFERENT for _, state in compare(self.service.files()))
        again = "; its file is of another version or edited: run `takevoice install service` again"
        print(f"Log: {printable(self.state.logs / 'takevoice.log')}{again if differs else ''}")
        return OK if status.installed and running else FAILED

    def _since(self) -> str:
        try:
            began = self.state.osc_address.stat().st_mtime
        except OSError:
            return ""  # OSC is not enabled
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(began))

    def _perform(self, calls: Sequence[Call], *, dry_run: bool) -> str:
        """Run the commands until one fails; return what failed and what to run by hand, or nothing."""
        for number, call in enumerate(calls):
            print(f"{'would be run' if dry_run else 'run':<18} {printable(self.service.line(call.argv))}")
            if dry_run:
                continue
            answer = perform(call, self.run, self.sleep)
            if answer.code and not call.may_fail:
                left = [each for each in calls[number:] if not each.may_fail]
                commands = ", then ".join(f"`{self.service.line(each.argv)}`" for each in left)
                reason = answer.reason or f"exit code {answer.code}"
                return f"{call.argv[0]} failed: {reason}; when that is solved, run {commands}"
        return ""

    def _remove_obsolete(self, *, dry_run: bool) -> bool:
        """Delete the files of earlier versions that would start takevoice a second time."""
        found = [path for path, first in self.service.obsolete().items() if starts_with(path, first)]
        for path in found:
            if not dry_run:
                delete(path)
            print_done([(path, "removed")], dry_run=dry_run)
        return bool(found)


def _ended(failure: str) -> int:
    """Print a failure, if there is one, and return the exit code."""
    if not failure:
        return OK
    sys.stdout.flush()
    print(f"takevoice: {printable(failure)}", file=sys.stderr)
    return FAILED


def watched_folders() -> Sequence[Path]:
    """Return the folders of the user's config; a service has no arguments that could name any.

    Raises:
        ConfigError: there is no config, it cannot be used, or it names no folder.
    """
    loaded = load(find_config(None, (), config_dir()))
    if loaded.path is None:
        raise ConfigError(
            "there is no config that names the folders to watch", hint="run `takevoice init FOLDER` first"
        )
    if not loaded.settings.watch:
        raise ConfigError("names no folder to watch", where=str(loaded.path), hint="add a [[watch]] table")
    return [watch_root(watch, loaded.path) for watch in loaded.settings.watch]


def key_steps(environment: Mapping[str, str]) -> Sequence[str]:
    """Return what to do with a key that only this shell has."""
    if not environment.get(KEY):
        return ()
    keyring = f'"{sys.executable}" -m keyring set takevoice elevenlabs'
    return (
        f"{KEY} of this terminal does not reach the service. Unless the key is in your keyring already, run {keyring}",
    )


def starts_with(path: Path, first: bytes) -> bool:
    """Return True for a file with these first bytes.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.is_file() and path.read_bytes().startswith(first)
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
