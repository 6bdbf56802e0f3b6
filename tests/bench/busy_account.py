"""Several daemons on one account: what is refused, and how long do they take beside what is possible?

    python tests/bench/busy_account.py [TAKES] [DAEMONS] [SLOTS] [--seconds LEAST MOST] [--silent]

Starts DAEMONS (3) with homes of their own, drops TAKES (36) in all into their folders at once, and lets them convert on one
account that serves SLOTS (2) conversions at a time, each LEAST to MOST seconds long (0.4 to 0.8), and refuses all others with
429. `--silent`: the account does not say how many it serves. Prints how many takes failed, how many requests were
refused, and the seconds beside the ideal: SLOTS conversions at any time, without a pause.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from account import KEY, running_account
from support import FAST, Cli, make_take, wait_for


class Team:
    """Daemons that use one account."""

    def __init__(self, base: Path, number: int, config: str) -> None:
        self.members, self.folders = [], []
        for n in range(number):
            home = base / f"home{n}"
            folder = home / "Exports"
            folder.mkdir(parents=True)
            member = Member(home)
            member.config(config)
            self.members.append(member)
            self.folders.append(folder)

    def drop(self, takes: int) -> None:
        """Put takes into the folders, in turn."""
        for n in range(takes):
            make_take(self.folders[n % len(self.folders)] / f"t{n}.wav", 1.0, 16_000, seed=n)

    def results(self) -> list[int]:
        """How many results each has."""
        return [len(list(folder.glob("*.ada.wav"))) for folder in self.folders]

    def states(self) -> dict[str, int]:
        """How many takes are in each state."""
        return dict(collections.Counter(state for each in self.members for state in each.states().values()))


class Member(Cli):
    """A daemon with a key."""

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "ELEVENLABS_API_KEY": KEY}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("takes", nargs="?", type=int, default=36)
    parser.add_argument("daemons", nargs="?", type=int, default=3)
    parser.add_argument("slots", nargs="?", type=int, default=2)
    parser.add_argument("--seconds", nargs=2, type=float, default=(0.4, 0.8))
    parser.add_argument("--silent", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as base, running_account() as account, ExitStack() as stack:
        account.slots, account.seconds, account.says_slots = args.slots, tuple(args.seconds), not args.silent
        team = Team(Path(base), args.daemons, account.config(f"conversions = 4\n{FAST}[osc]\nenabled = false"))
        for member, folder in zip(team.members, team.folders, strict=True):
            stack.enter_context(member.daemon(folder))
        began = time.monotonic()
        team.drop(args.takes)
        wait_for(lambda: sum(team.results()) == args.takes, 60 + 5 * args.takes * sum(args.seconds))
        took = time.monotonic() - began
        states = team.states()
    requests = len(account.served) + len(account.refused)
    ideal = args.takes * sum(args.seconds) / 2 / args.slots
    print(f"{args.takes} takes, {args.daemons} daemons, {args.slots} at once, {args.seconds} s each: {states}")
    print(f"failed {states.get('failed', 0)}, billed twice {len(account.billed_twice)}, most at once {account.most}")
    print(f"refused {len(account.refused)} of {requests} requests ({len(account.refused) / requests:.0%})")
    print(f"{took:.1f} s, ideal {ideal:.1f} s")


if __name__ == "__main__":
    main()
