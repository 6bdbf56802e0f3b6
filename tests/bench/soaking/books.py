"""Judges a soak by the account's own record, and looks into the ledgers, the state dirs and the logs."""

from __future__ import annotations

import collections
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .account import Request
from .machines import Life, Machine
from .takes import Take, Takes

TROUBLE = ("Traceback", "unexpected failure", "this is a fault of takevoice")


@dataclass
class Paid:
    """What the account says."""

    requests: int = 0
    billed: int = 0
    what: dict[str, int] = field(default_factory=dict)
    twice: list[str] = field(default_factory=list)  # billed again, without a person in between
    sent_twice: list[str] = field(default_factory=list)  # what may have been billed was sent again without a person
    from_own: list[str] = field(default_factory=list)  # sent by both machines: it came from a folder that only the first one watches
    moved: list[str] = field(default_factory=list)  # sent by both machines, the take having been renamed or moved in between
    approved: int = 0  # billed again after a person had released the take


def judge_account(
    requests: Sequence[Request], takes: Takes, released: Mapping[int, Sequence[float]], own: Path
) -> Paid:
    """Look for audio that was billed twice with one voice; `released`: when a person released each take; `own`: the folder that
    only one machine watches."""
    numbers = {take.audio: take.number for take in takes.all}
    groups: dict[tuple[str, str], list[Request]] = collections.defaultdict(list)
    for request in sorted(requests):
        if request.what != "refused":
            groups[request.audio, request.voice].append(request)
    paid = Paid(len(requests), sum(request.billed for request in requests), dict(collections.Counter(r.what for r in requests)))
    for (audio, voice), group in groups.items():
        number = numbers.get(audio)
        if number is None:
            paid.sent_twice.append(f"audio {audio} is that of no take")
            continue
        for position, request in enumerate(group[1:], 1):
            words = sum(at < request.at for at in released.get(number, ()))
            line = f"take {number} as {voice}: {[(r.machine, r.what, round(r.at, 1)) for r in group]}, {words} releases before"
            if words >= position:
                paid.approved += request.billed
                continue
            if _is_by_both(group, position, takes.all[number]):
                before = [takes.all[number].place_at(each.at).folder.real for each in group[:position]]
                is_from_own = all(own in (folder, *folder.parents) for folder in before)
                (paid.from_own if is_from_own else paid.moved).append(line)
                continue
            paid.sent_twice.append(line)
            if request.billed and any(each.billed for each in group[:position]):
                paid.twice.append(line)
    return paid


def _is_by_both(group: Sequence[Request], position: int, take: Take) -> bool:
    """Whether the earlier requests came from the other machine only, when the take had another name."""
    request, before = group[position], group[:position]
    place = take.place_at(request.at)
    return all(each.machine != request.machine and take.place_at(each.at) is not place for each in before)


def wrong_books(machine: Machine, requests: Sequence[Request], open_jobs: set[int]) -> Iterator[str]:
    """Yield what is wrong in a machine's ledger, state dir and log; `open_jobs` are those held there, or dropped by a person."""
    done = machine.process("ledger", "check", check=None)
    if done.returncode:
        yield f"{machine.name}: {done.stdout}{done.stderr}"
    with sqlite3.connect(machine.state / "ledger.sqlite3") as connection:
        for (line,) in connection.execute("PRAGMA integrity_check").fetchall():
            if line != "ok":
                yield f"{machine.name}: the ledger: {line}"
        (recorded,) = connection.execute("SELECT count(*) FROM sends WHERE state <> 'reserved'").fetchone()
        sql = """SELECT sends.job, sends.state FROM sends JOIN jobs ON jobs.id = sends.job
                 WHERE sends.state IN ('reserved', 'sent') OR sends.state = 'received' AND jobs.state <> 'cancelled'"""
        for job, state in connection.execute(sql).fetchall():
            if job not in open_jobs:
                yield f"{machine.name}: a request of job {job} is still {state}"
    connection.close()
    asked = sum(each.machine == machine.name and each.what != "refused" for each in requests)
    if asked > recorded:
        yield f"{machine.name}: the account had {asked} requests, and {recorded} are in the ledger"
    work = machine.state / "work"
    for path in work.rglob("*"):
        top = path.relative_to(work).parts[0]
        if path.suffix == ".part" or (top.isdigit() and int(top) not in open_jobs and path.parent == work):
            yield f"{machine.name}: was left behind: {path}"
    yield from (f"{machine.name}: the log: {line}" for line in trouble(machine.home / "log"))
    yield from machine.wrong


def trouble(log: Path) -> list[str]:
    """The lines of a log that say that takevoice has a fault."""
    lines = log.read_text("utf-8", "replace").splitlines()
    return [line for line in lines if any(word in line for word in TROUBLE)]


def memory(machine: Machine) -> str:
    """The memory and open files of a machine's longest life, and the most of all."""
    warm = [life for life in machine.lives if life.first[0]]
    if not warm:
        return f"{machine.name}: no daemon lived long enough"
    longest = max(warm, key=lambda life: life.seconds)
    return (
        f"{machine.name}: {len(machine.lives)} lives; the longest, {longest.seconds / 60:.0f} min: {_at(longest.first)} to {_at(longest.last)}; "
        f"the last, {warm[-1].seconds / 60:.0f} min: {_at(warm[-1].first)} to {_at(warm[-1].last)}; most of all: {_most(warm)}"
    )


def _at(figures: tuple[float, int]) -> str:
    return f"{figures[0]:.0f} MB and {figures[1]} files"


def _most(lives: Sequence[Life]) -> str:
    return _at((max(life.most[0] for life in lives), max(life.most[1] for life in lives)))
