"""takevoice ledger: a backup of the ledger, a check, and a new ledger from what a damaged one still holds."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from takevoice import audio
from takevoice.cli import FAILED, OK
from takevoice.errors import ConfigError, LedgerError, printable
from takevoice.ledger import Ledger
from takevoice.ledger.backup import back_up
from takevoice.ledger.soundness import problems
from takevoice.paths import StateDir, absolute_path
from takevoice.pipeline.decisions import DAEMON
from takevoice.process_lock import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from takevoice.ledger.recover import Recovered

MAX_PROBLEMS = 10  # lines
_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "jobs": "jobs",
        "history": "entries of their history",
        "sends": "paid requests",
        "files": "files",
        "outputs": "results",
        "requests": "OSC requests",
        "track_settings": "settings of tracks",
        "roots": "watched folders",
        "kinds": "kinds of files",
        "picks": "choices of candidates",
        "marks": "marks of candidates",
        "casting": "notes on the casting",
        "dropped": "dropped takes",
    }
)
"""What a table holds, in words."""


def run(args: argparse.Namespace) -> int:
    """Do what was asked for; 1 when the ledger is damaged or could not be written."""
    state = StateDir(args.state)
    if args.new is not None and args.action != "move":
        raise ConfigError(f"{args.action} takes one file", hint="`takevoice ledger --help` shows what each action takes")
    try:
        if args.action == "move":
            return _move(state, args.file, args.new)
        if args.action == "recover":
            return _recover(state, args.file, force=args.force)
        return _ACTIONS[args.action](state, args.file)
    except FileNotFoundError as error:
        raise LedgerError("there is no ledger", where=str(error)) from None


def _back_up(state: StateDir, file: Path | None) -> int:
    if file is None:
        raise ConfigError("backup needs a file or a folder", hint="takevoice ledger backup FILE")
    target = absolute_path(file)
    if not (target.suffix or target.exists()):
        audio.make_folder(target)
    if target.is_dir():
        target /= time.strftime("takevoice-ledger-%Y-%m-%d-%H%M%S.sqlite3")
    jobs = back_up(state.ledger, target)
    print(f"{printable(target)}: {_megabytes(target)}, {_count(jobs, 'job')}")
    return OK


def _check(state: StateDir, file: Path | None) -> int:
    path = state.ledger if file is None else absolute_path(file)
    if not path.is_file():
        raise FileNotFoundError(path)
    found = list(problems(path))
    if not found:
        with closing(Ledger(path, read_only=True)) as ledger:
            jobs = sum(ledger.jobs.counts().values())
        print(f"{printable(path)}: {_megabytes(path)}, {_count(jobs, 'job')}, sound")
        return OK
    print(f"{printable(path)} is damaged:")
    for problem in found[:MAX_PROBLEMS]:
        print(f"  {printable(problem)}")
    if len(found) > MAX_PROBLEMS:
        print(f"  and {len(found) - MAX_PROBLEMS} more")
    print("`takevoice ledger recover` makes a new ledger from what can be read, and keeps this one.")
    return FAILED


def _recover(state: StateDir, file: Path | None, *, force: bool) -> int:
    from takevoice.ledger.recover import recover

    if file is not None:
        raise ConfigError("recover takes no file", hint="it recovers the ledger of the state dir; --state names another")
    used = [int(path.name) for path in state.work.glob("*") if path.name.isdigit()]
    kept = state.path / time.strftime("ledger.damaged-%Y-%m-%d-%H%M%S.sqlite3")
    with _nothing_runs(state):
        if not force and not any(problems(state.ledger)):
            print(f"{printable(state.ledger)} is sound: there is nothing to recover, and nothing was done (--force does it all the same)")
            return OK
        recovered = recover(state.ledger, kept, used)
    for line in _report(recovered):
        print(line)
    return OK


def _move(state: StateDir, old: Path | None, new: Path | None) -> int:
    from takevoice.ledger.moving import as_written, move_paths

    if old is None or new is None:
        raise ConfigError("move needs two folders", hint="takevoice ledger move OLD NEW")
    place = absolute_path(new)
    if not place.is_dir():
        raise ConfigError("does not exist", where=str(place), hint="move the takes and their results there first")
    kept = state.path / time.strftime("ledger.before-move-%Y-%m-%d-%H%M%S.sqlite3")
    with _nothing_runs(state):
        back_up(state.ledger, kept)
        changed = move_paths(state.ledger, as_written(old), place)
        if not changed:
            kept.unlink()
            raise ConfigError("the ledger has no take there", where=str(old), hint="name the folder as `takevoice jobs` has it")
    print(f"{_count(changed, 'job')} moved to {printable(place)}; the ledger of before is {printable(kept)}")
    return OK


@contextmanager
def _nothing_runs(state: StateDir) -> Iterator[None]:
    """Hold the lock of the daemon and of each command that works in the state dir; raises ConfigError when one runs."""
    if not state.ledger.is_file():
        raise FileNotFoundError(state.ledger)
    names = [path.name for path in state.owner_lock(DAEMON).parent.glob("*")]
    owners = {DAEMON, *(name for name in names if not name.endswith("-journal"))}
    locks = []
    try:
        locks += [ProcessLock(state.owner_lock(owner)) for owner in sorted(owners)]
        yield
    finally:
        for lock in locks:
            lock.release()


def _report(recovered: Recovered) -> Iterator[str]:
    """Yield what was read and what is lost, on one screen."""
    yield "A new ledger was made from what could be read:"
    for table in recovered.tables:
        lost = f", about {table.unreadable:,} lost" if table.unreadable else ", some may be lost" if table.gap else ""
        yield f"  {table.rows:>9,} {_WORDS[table.table]}{lost}"
    if recovered.from_indexes:
        yield (
            f"Of {_count(recovered.from_indexes, 'job')}, only the file and what was converted are still known; "
            "takes that were done are not converted again."
        )
    if recovered.held:
        yield f"{_count(recovered.held, 'job')} may be paid for: `takevoice jobs --held` lists them."
    if recovered.lost_jobs:
        yield f"Of {_count(recovered.lost_jobs, 'job')}, only the paid requests are still known; they count in the limits."
    yield f"The damaged ledger is kept: {printable(recovered.kept)}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:,.1f} MB"


_ACTIONS = {"backup": _back_up, "check": _check}
