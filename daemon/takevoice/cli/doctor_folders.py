"""What `takevoice doctor` checks in folders: the state dir, the config's place, and the watched folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from takevoice import audio
from takevoice.cli.finding import Finding
from takevoice.errors import LedgerError
from takevoice.files import is_there
from takevoice.ledger import Ledger
from takevoice.paths import StateDir
from takevoice.pipeline.decisions import DAEMON
from takevoice.process_lock import is_locked
from takevoice.service.environment import Environment
from takevoice.settings import LoadedConfig, Watch, watch_root
from takevoice.system.access import advice, try_writing
from takevoice.system.patience import NoAnswer, within
from takevoice.system.private import private_folder
from takevoice.system.python_origin import redirected_to
from takevoice.system.spelling import other_spelling
from takevoice.system.volumes import volume_of
from takevoice.watch.ignored import is_ignored_folder
from takevoice.watch.names import is_candidate
from takevoice.watch.scan import scan

ANSWER = 5.0  # seconds to wait for a file system
LOW_SPACE = 1 << 30  # bytes
NOT_THE_STORE = "install Python from python.org, or by uv, and takevoice with it"


def config(loaded: LoadedConfig, ignored: Sequence[Path]) -> Iterator[Finding]:
    """Report the config in use, and those that are not used although they are in a watched folder."""
    path = loaded.path
    if path is not None and redirected_to(path) is not None:
        detail = f"{path} is a private copy of the Microsoft Store's Python, and other programs do not see it"
        yield Finding("config", False, detail, NOT_THE_STORE)
    else:
        yield Finding("config", True, str(path or "none: built-in settings"))
    for other in ignored:
        yield Finding(
            "config",
            False,
            f"{other} is ignored: it belongs to another user, every user can write to it, or it is on a share",
            f'to use it, name it with --config "{other}"; otherwise, remove or rename it',
        )


RECOVER = "`takevoice ledger recover` makes a new one from what can be read, and keeps this one"


def state_dir(state: StateDir) -> Iterator[Finding]:
    """Report whether the state dir can be used, and whether the ledger is sound."""
    try:
        private_folder(state.path)
        redirected = try_writing(state.path)
    except OSError as error:
        detail = f"{state.path}: {error.strerror}"
        yield Finding(
            "state dir",
            False,
            detail,
            f"{advice(error)}, or give another one with --state DIR or TAKEVOICE_STATE",
        )
        return
    if redirected is not None:
        detail = (
            f"{state.path} is private to the Microsoft Store's Python, and REAPER and Ardour do not see it"
        )
        yield Finding("state dir", False, detail, NOT_THE_STORE)
    else:
        yield Finding("state dir", True, f"{state.path}, {_space(state.path)}")
    try:
        ledger = Ledger(state.ledger, read_only=True)
        check = ledger.check()
        jobs = sum(ledger.jobs.counts().values())
        ledger.close()
    except FileNotFoundError:
        yield Finding("ledger", True, "none yet")
    except LedgerError as error:
        yield Finding("ledger", False, str(error), RECOVER)
    else:
        yield Finding("ledger", check == "ok", f"{jobs} jobs, integrity {check}", RECOVER)


def watched_folders(environment: Environment) -> Iterator[Finding]:
    """Report for each watched folder whether it can be used."""
    loaded = environment.config.loaded
    if not loaded.settings.watch and is_locked(environment.state.owner_lock(DAEMON)):
        yield Finding("folder", True, "none in the config; the takevoice that runs was given its own")
    elif not loaded.settings.watch:
        yield Finding(
            "folder", False, "no folder is watched", "`takevoice run FOLDER`, or `takevoice init FOLDER`"
        )
    for watch in loaded.settings.watch:
        folder = watch_root(watch, loaded.path)
        try:
            within(ANSWER, folder, partial(is_there, folder))
        except NoAnswer:
            detail = f"{folder} does not answer: its takes wait until it does, and other folders are watched"
            yield Finding("folder", False, detail, "see to the share, or to the machine that has it")
        else:
            yield from _watched(folder, watch, loaded.settings.scan)


def _watched(folder: Path, watch: Watch, interval: float) -> Iterator[Finding]:
    """Check a watched folder as takevoice uses it: by reading it, and by writing a hidden file.

    `interval`: seconds between two scans.
    """
    try:
        takes = dict(
            scan(
                folder,
                recursive=watch.recursive,
                wanted=lambda name: is_candidate(name, audio.watched_suffixes(), watch.ignore),
                enters=lambda path: not is_ignored_folder(Path(path).name, watch.ignore),
            )
        )
    except (FileNotFoundError, NotADirectoryError):
        yield Finding("folder", False, f"{folder} is not there", "make it, or correct the config")
        return
    except OSError as error:
        yield Finding("folder", False, f"{folder} cannot be read: {error.strerror}", advice(error))
        return
    try:
        try_writing(folder)
    except OSError as error:
        detail = f"{folder} cannot be written: {error.strerror}"
        yield Finding("folder", False, detail, f"results are written next to the takes: {advice(error)}")
        return
    if shutil.disk_usage(folder).free < LOW_SPACE:
        yield Finding("folder", False, f"{folder} has only {_space(folder)}", "make room")
    else:
        yield Finding("folder", True, f"{folder}, {_space(folder)}{_polling(folder, watch, interval)}")
    yield from _peculiarities(folder, cloud_only=sum(version is None for version in takes.values()))


def _polling(folder: Path, watch: Watch, interval: float) -> str:
    """Return how the folder is watched, where it is not by the events of the system."""
    remote = volume_of(folder).remote
    polled = remote if watch.poll is None else watch.poll
    how = f"scanned every {interval:g} s" if polled else "scanned, and watched for events" if remote else ""
    return f", {'on a network share: ' if remote else ''}{how}" if how else ""


def _peculiarities(folder: Path, cloud_only: int) -> Iterator[Finding]:
    """Report what is well, but may surprise."""
    if cloud_only:
        takes = "1 take is" if cloud_only == 1 else f"{cloud_only} takes are"
        what_to_do = (
            'choose "Always keep on this device" or "Download Now" for the folder to have them converted'
        )
        yield Finding("cloud", True, f"{folder}: {takes} in the cloud only; {what_to_do}")
    listed = other_spelling(folder)
    if listed is not None:
        detail = f"the config says {folder}, and the disk {listed}: the same folder here; better write it as the disk does"
        yield Finding("spelling", True, detail)


def _space(folder: Path) -> str:
    return f"{shutil.disk_usage(folder).free / 1e9:.1f} GB free"
