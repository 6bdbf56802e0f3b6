"""Several daemons with state dirs of their own on one folder, killed and suspended at random: is each take paid once?

    python tests/bench/two_workstations.py [TAKES] [DAEMONS] [--seed N] [--pause MOST] [--often CHANCE] [--quiet] [--free] [--without] [--base DIR]

Starts DAEMONS (2) on one folder with `shared = true`, and drops TAKES (500) into it, while every few seconds one of the daemons
is killed with SIGKILL and started again, or suspended with SIGSTOP for up to MOST (12) seconds. They count as not running after 6
seconds instead of 90, so that most things happen often. A paid account counts its requests by their audio. In the end all run, and
what can be converted is; then everything that is held is released, at one machine after the other, as a person would.

Prints how many takes have how many results, how many were billed twice without a word of a person, lost (neither a result nor
held) and held, and the requests. `--quiet`: nothing is killed or suspended. `--free`: the local engine
converts. `--without`: `shared = false`, to see what is counted then.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))

from account import KEY, Account, running_account
from signals import make_speech
from support import FAST, Cli, wait_for

QUICK = "from takevoice.service import claim_keeper as k; k.LOOK, k.BEAT, k.STALE, k.IDLE = 0.5, 1.0, 6.0, 2.0"
START = f"import sys; {QUICK}; from takevoice.cli import main; sys.exit(main(sys.argv[1:]))"
CONFIG = """
[[watch]]
folder = '{folder}'
shared = {shared}
[defaults]
voice = "ada"
[osc]
enabled = false
"""
OVER = ("done", "failed", "cancelled", "held")


class Machine(Cli):
    """One workstation."""

    running: subprocess.Popen[bytes] | None = None
    suspended = False

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "ELEVENLABS_API_KEY": KEY, "NO_PROXY": "127.0.0.1"}

    def start(self) -> None:
        """Start the daemon."""
        with (self.home / "log").open("ab") as log:
            line = [sys.executable, "-c", START, "run"]
            self.running = subprocess.Popen(line, stdout=log, stderr=log, env={**os.environ, **self.env}, cwd=self.home)

    def send(self, number: int) -> None:
        """Send the daemon a signal."""
        assert self.running is not None
        self.running.send_signal(number)
        self.suspended = number == signal.SIGSTOP

    def end(self, number: int = signal.SIGKILL) -> None:
        """End the daemon."""
        assert self.running is not None
        self.running.send_signal(number)
        self.running.wait(30)
        self.running, self.suspended = None, False

    def held(self) -> list[int]:
        """The jobs that wait for a person."""
        return [job["id"] for job in self.jobs() if job["state"] == "held"]

    def is_idle(self) -> bool:
        """Whether every job is over, or held."""
        return all(job["state"] in OVER for job in self.jobs())


@dataclass
class Row:
    """What was counted."""

    daemons: int
    takes: int
    kills: int = 0
    pauses: int = 0
    results: collections.Counter[int] = field(default_factory=collections.Counter)  # takes by how many results they have
    twice: int = 0  # takes that were billed more than once
    lost: int = 0
    held: int = 0
    requests: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        more = sum(count for number, count in self.results.items() if number > 1)
        row = (self.daemons, self.takes, self.kills, self.pauses, self.results[1], more, self.twice, self.lost, self.held, self.requests)
        head = "daemons | takes | SIGKILLs | SIGSTOPs | one result | more | paid twice | lost | held | requests"
        return "\n".join([head, " | ".join(map(str, row)), f"{self.seconds:.0f} s", *self.wrong])


class Chaos:
    """Kills and suspends daemons."""

    def __init__(self, machines: Sequence[Machine], chance: random.Random, often: float, longest: float, row: Row) -> None:
        self._machines, self._chance, self._often, self._longest, self._row = machines, chance, often, longest, row
        self._later: list[tuple[float, Machine]] = []  # when a daemon continues

    def act(self) -> None:
        """Do something to one of the daemons, now and then."""
        self._continue(time.monotonic())
        if self._chance.random() > self._often:
            return
        machine = self._chance.choice(self._machines)
        if machine.running is None or machine.suspended:
            return
        if self._chance.random() < 0.5:
            machine.end()
            self._row.kills += 1
            pause = self._chance.choice([0.0, 1.0, self._longest])
        else:
            machine.send(signal.SIGSTOP)
            self._row.pauses += 1
            pause = self._chance.uniform(0.2, self._longest)
        self._later.append((time.monotonic() + pause, machine))

    def end(self) -> None:
        """Let all daemons run."""
        self._continue(float("inf"))

    def _continue(self, now: float) -> None:
        for due in [each for each in self._later if each[0] <= now]:
            self._later.remove(due)
            if due[1].running is None:
                due[1].start()
            else:
                due[1].send(signal.SIGCONT)


def render(folder: Path, number: int) -> None:
    """Write a take; each has other audio."""
    part = folder / f".{number}.tmp"
    soundfile.write(part, make_speech(0.4, 16_000, seed=number), 16_000, "PCM_16", format="WAV")
    part.rename(folder / f"t{number:04d}.wav")


def results(folder: Path, takes: int) -> dict[str, int]:
    """How many results each take has."""
    made = collections.Counter(path.name.partition(".")[0] for path in folder.glob("t*.ada*.wav"))
    return {f"t{n:04d}": made[f"t{n:04d}"] for n in range(takes)}


def settle(machines: Sequence[Machine]) -> None:
    """Wait until nothing happens any more."""
    quiet = 0
    deadline = time.monotonic() + 300
    while quiet < 3 and time.monotonic() < deadline:
        quiet = quiet + 1 if all(machine.is_idle() for machine in machines) else 0
        time.sleep(1.5)


def count(row: Row, folder: Path, account: Account, machines: Sequence[Machine]) -> None:
    """Count results and requests, before a person has said a word."""
    made = results(folder, row.takes)
    held = {Path(job["path"]).stem for machine in machines for job in machine.jobs() if job["state"] == "held"}
    row.results = collections.Counter(made.values())
    row.twice, row.requests = len(account.billed_twice), len(account.served)
    row.held = sum(name in held for name, number in made.items() if not number)
    row.lost = sum(name not in held for name, number in made.items() if not number)
    row.wrong += [f"has no result and is not held: {name}" for name, number in made.items() if not number and name not in held]


def release(row: Row, folder: Path, machines: Sequence[Machine]) -> None:
    """Release what is held, one machine after the other, and look whether every take has its result then."""
    for _ in range(3):
        for machine in machines:
            held = machine.held()
            if held:
                machine("release", *held, check=None)
                settle([machine])
    settle(machines)
    made = results(folder, row.takes)
    row.wrong += [f"after the releases, {name} has {number} results" for name, number in made.items() if number != 1]
    row.wrong += [f"was left behind: {path.name}" for path in folder.iterdir() if path.name.startswith(".tv-")]
    claims = folder / ".takevoice"
    row.wrong += [f"was left behind: {path.name}" for path in claims.iterdir()] if claims.exists() else []


def bench(args: argparse.Namespace, base: Path) -> Row:
    """Run it all."""
    row, chance = Row(args.daemons, args.takes), random.Random(args.seed)
    folder = base / "Share"
    folder.mkdir()
    with ExitStack() as stack:
        account = stack.enter_context(running_account())
        account.slots, account.seconds = 16, (0.1, 1.0)
        account.handle_error = lambda *_: None  # clients that were killed
        config = account.config(f"conversions = 3\n{FAST}").replace("first_look = false", "first_look = false\nmany = 100000")
        config = config.replace('"elevenlabs"', '"local"', 1) if args.free else config
        machines = [Machine(base / f"machine{n}") for n in range(args.daemons)]
        for machine in machines:
            machine.home.mkdir()
            machine.config(config + CONFIG.format(folder=folder, shared="false" if args.without else "true"))
            machine.start()
            stack.callback(lambda machine=machine: machine.running and machine.end())
        wait_for(lambda: all("watching" in (machine.home / "log").read_text() for machine in machines), 60)
        began = time.monotonic()
        chaos = Chaos(machines, chance, args.often, args.pause, row)
        for number in range(args.takes):
            render(folder, number)
            if not args.quiet:
                chaos.act()
            time.sleep(chance.uniform(0.05, 0.45))
        chaos.end()
        settle(machines)
        row.seconds = time.monotonic() - began
        count(row, folder, account, machines)
        release(row, folder, machines)
        time.sleep(4)
        for machine in machines:
            machine.end(signal.SIGTERM)
            log = (machine.home / "log").read_text("utf-8", "replace")
            row.wrong += [f"the log: {line}" for line in log.splitlines() if "Traceback" in line or "unexpected failure" in line]
    return row


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("takes", nargs="?", type=int, default=500)
    parser.add_argument("daemons", nargs="?", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=12.0)
    parser.add_argument("--often", type=float, default=0.12, help="how likely something happens to a daemon with each take")
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--free", action="store_true")
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--base", type=Path, help="a new folder for the homes and the share, which are then kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = args.base or Path(temporary)
        base.mkdir(parents=True, exist_ok=True)
        row = bench(args, base)
    print(row)
    raise SystemExit(1 if row.wrong or row.twice or row.lost else 0)


if __name__ == "__main__":
    main()
