"""The people at the workstations: they request takes that a folder has too, and decide about what is held."""

from __future__ import annotations

import collections
import itertools
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .machines import Machine
from .takes import Take, Takes

NOTHING_SENT = ("first_look", "many", "other_device", "cap", "not_writable")  # held before anything was paid for
DROPPED, KILLED = 0.12, 0.25  # of the held takes, and of the commands


class People:
    """What they do is counted in `counts`, and how it ended in `replies`."""

    def __init__(self, takes: Takes, chance: random.Random, counts: collections.Counter[str]) -> None:
        self._takes, self._chance, self._counts = takes, chance, counts
        self.replies: collections.Counter[str] = collections.Counter()
        self.released: dict[int, list[float]] = collections.defaultdict(list)  # take: when a person released it
        self.dropped: set[int] = set()
        self._keys = itertools.count()

    def request(self, machine: Machine, take: Take) -> None:
        """Request a take over OSC."""

        def on_end(code: int, out: str, err: str) -> None:
            last = (out.strip().splitlines() or [""])[-1].split(" ")
            reply = last[0].removeprefix("/takevoice/") or f"no reply, exit {code}"
            self.replies[f"{reply} {last[2]}" if reply == "fail" else reply] += 1
            if reply == "fail" and last[2] == "bug":
                machine.wrong.append(f"{machine.name}: {out}")

        words = ("osc", "--timeout", 20, "/takevoice/convert", f"key{next(self._keys)}", take.seen)
        machine.ask(*words, on_end=on_end)

    def convert(self, machine: Machine, take: Take) -> None:
        """Convert a take with a command, which is killed now and then."""
        killed = self._chance.random() < KILLED

        def on_end(code: int, out: str, err: str) -> None:
            self.replies[f"convert, exit {code}"] += 1

        machine.ask("convert", take.seen, on_end=on_end, kill_after=self._chance.uniform(0.4, 3) if killed else 60)
        self._counts["convert_killed"] += killed

    def decide(self, machine: Machine, *, all_released: bool) -> None:
        """Release or drop what is held at a machine."""

        def on_end(code: int, out: str, err: str) -> None:
            held = json.loads(out) if code == 0 else []
            drop = [job for job in held if not all_released and self._chance.random() < DROPPED]
            self._act(machine, "drop", drop)
            self._act(machine, "release", [job for job in held if job not in drop])

        machine.ask("jobs", "--held", "--last", 100_000, "--json", on_end=on_end)

    def _act(self, machine: Machine, word: str, jobs: Sequence[dict[str, Any]]) -> None:
        if not jobs:
            return
        for job in jobs:
            take = self._takes.by_stem[Path(job["path"]).name.partition(".")[0]]
            if word == "drop":
                self.dropped.add(take.number)
            elif job["error"]["code"] not in NOTHING_SENT:
                self.released[take.number].append(time.time())
            self._counts[f"{word} {job['error']['code']}"] += 1

        def on_end(code: int, out: str, err: str) -> None:
            self.replies[f"{word}, exit {code}"] += 1

        machine.ask(word, *(job["id"] for job in jobs), on_end=on_end)
