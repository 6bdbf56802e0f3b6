"""An hour of everything: does takevoice lose a take, make two results of one, pay twice, or leave anything half done?

    python tests/bench/soak.py [MINUTES] [--seed N] [--pace X] [--without] [--spoil] [--base DIR]

Two daemons with state dirs of their own watch a folder and a share (FUSE), and one of them a folder of its own. For MINUTES (60),
takes arrive in bursts or slowly, are renamed, moved and deleted at any moment, and requested over OSC and by commands that are
killed; the config is edited, also wrongly; the daemons are suspended, killed and stopped; the share hangs, is unmounted, and loses
its server; the account is late, busy, fails and breaks off; and a person releases or drops what is held. Daemons count as not
running after 6 seconds instead of 90, and each takes turns at not being ended for a quarter of the time, to see its memory grow.

In the end all is quiet, and judged by the files in the folders (soundfile, ffprobe), by what the account has billed, and by the
ledgers and logs; then what is still held is released, and all is judged again. Each take has audio of its own, and the account's
answers can be computed from it.

`--pace 2`: everything happens twice as often. `--without`: `shared = false`, to see what is paid twice then. `--spoil`: in the end, one thing of each kind is spoilt, to see that
it is found. `--base`: a new folder for everything, which is then kept. Ctrl-C or SIGTERM ends it early, and it is judged.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.soaking.account import SoakAccount
from bench.soaking.books import judge_account, memory, wrong_books
from bench.soaking.life import Life, is_idle
from bench.soaking.machines import Machine
from bench.soaking.nas import Nas
from bench.soaking.results import Judge
from bench.soaking.takes import Folder
from bench.soaking.verdict import Verdict

SETTINGS = "conversions = 3\nscan = 0.5\n[settle]\nquiet = 0.5\ngive_up = 30\n"
QUIET = 300.0  # seconds within which everything comes to its end
STOP = 20.0  # seconds within which a daemon ends


class Soak:
    """The whole scene."""

    def __init__(self, base: Path, seed: int, *, claims: bool = True, pace: float = 1.0) -> None:
        for name in ("Own", "Share", "server", "NAS"):
            for scene in ("", "scene1", "scene2") if name != "NAS" else ("",):
                (base / name / scene).mkdir(parents=True)
        self.account = SoakAccount(base / "account.jsonl", seed)
        threading.Thread(target=lambda: self.account.serve_forever(0.05), daemon=True).start()
        self.nas = Nas(base / "server", base / "NAS")
        own, share = Folder(base / "Own", base / "Own"), Folder(base / "Share", base / "Share")
        nas = Folder(base / "server", base / "NAS")
        settings = self.account.config(SETTINGS).replace("first_look = false", "first_look = false\nmany = 100000")
        shared = {share.seen: claims, nas.seen: claims}
        self.machines = [Machine(base / "anna", settings, {own.seen: False, **shared}), Machine(base / "ben", settings, shared)]
        self.life = Life(self.machines, [own, share, nas], self.nas, self.account, seed, pace)
        self.ended_early = threading.Event()

    def run(self, minutes: float) -> None:
        """Let it all happen."""
        self.nas.come()
        for machine in self.machines:
            machine.start()
        self._tick(5, quiet=True)
        self.life.begin()
        end = time.monotonic() + 60 * minutes
        while (left := end - time.monotonic()) > 0 and not self.ended_early.is_set():
            self.life.steady = self.machines[int(4 * left / (60 * minutes)) % 2]
            self.life.tick()
            time.sleep(0.02)
        self.life.calm()

    def settle(self) -> list[str]:
        """Wait until nothing happens any more; returns what does not come to its end."""
        deadline, quiet = time.monotonic() + QUIET, 0
        while quiet < 3:
            self._tick(2, quiet=True)
            quiet = quiet + 1 if all(is_idle(machine) for machine in self.machines) else 0
            if time.monotonic() > deadline:
                jobs = [job for machine in self.machines for job in machine.jobs() if job["state"] not in ("done", "failed", "cancelled", "held")]
                return [f"did not come to its end: {job['path']} is {job['state']}: {job['history'][-1:]}" for job in jobs]
        return []

    def release(self) -> None:
        """Release all that is held, one machine after the other, until nothing is."""
        for _ in range(3):
            for machine in self.machines:
                if any(job["state"] == "held" for job in machine.jobs()):
                    self.life.people.decide(machine, all_released=True)
                    self.settle()

    def stop(self) -> list[str]:
        """Stop the daemons, and unmount the share; returns what is wrong with that."""
        for machine in self.machines:
            machine.end(signal.SIGTERM)
        deadline = time.monotonic() + STOP
        while any(machine.running for machine in self.machines) and time.monotonic() < deadline:
            self._tick(0.1, quiet=True)
        late = [machine for machine in self.machines if machine.running]
        for machine in late:
            machine.end(signal.SIGKILL)
        self.nas.leave()
        wrong = [f"under the mount: {path}" for path in self.nas.mount.rglob("*")]
        return [*wrong, *(f"{machine.name} did not stop within {STOP:.0f} s" for machine in late)]

    def judge(self, wrong: list[str]) -> Verdict:
        """Judge everything as it is now."""
        jobs = {machine.name: machine.jobs() for machine in self.machines}
        held = {self._take_of(job) for each in jobs.values() for job in each if job["state"] == "held"}
        excused = self.life.people.dropped | held
        pauses = [pause for machine in self.machines for pause in machine.suspensions]
        found = Judge(self.life.takes, self.life.folders, excused, pauses).run()
        own = self.life.folders[0].real
        paid = judge_account(self.account.requests, self.life.takes, self.life.people.released, own)
        number_held = sum(job["state"] == "held" for each in jobs.values() for job in each)
        verdict = Verdict(found, paid, number_held, wrong=list(wrong))
        for machine in self.machines:
            mine = jobs[machine.name]
            failed = [job for job in mine if job["state"] == "failed" and self._take_of(job) in found.without]
            verdict.failed += [f"{machine.name}: {job['id']} {job['error']}" for job in failed]
            open_jobs = {job["id"] for job in mine if job["state"] in ("held", "failed") or self._take_of(job) in self.life.people.dropped}
            verdict.wrong += wrong_books(machine, self.account.requests, open_jobs)
        return verdict

    def _take_of(self, job: Mapping[str, Any]) -> int:
        return self.life.takes.by_stem[Path(job["path"]).name.partition(".")[0]].number  # a job may be that of a result

    def spoil(self) -> None:
        """Spoil one thing of each kind."""
        folder = self.life.folders[1].real
        lost = next(take for take in self.life.takes.alive() if take.number not in self.life.people.dropped)
        for result in lost.place.folder.real.glob(f"{lost.place.stem}.???.*"):
            result.unlink()
        results = sorted(path for each in self.life.folders for path in each.real.rglob("t*.???.wav"))
        results[0].write_bytes(results[0].read_bytes()[:-2000])
        shutil.copyfile(results[1], results[1].with_name(results[1].stem + ".2.wav"))
        results[2].write_bytes(results[3].read_bytes())
        (folder / ".tv-left.part").touch()
        take = list(self.life.takes.alive())[-1]
        take.path.write_bytes(take.path.read_bytes()[:-2])
        fine = next(each for each in self.account.requests if each.what == "fine")
        self.account.note(fine._replace(at=time.time()))
        with (self.machines[0].home / "log").open("a") as log:
            log.write("Traceback (spoilt)\n")

    def end(self) -> None:
        """End what still runs."""
        for machine in self.machines:
            machine.resume()
            machine.end(signal.SIGKILL)
            for asked in machine.asked:
                asked.process.kill()
        self.nas.leave()
        self.account.shutdown()
        self.account.server_close()

    def _tick(self, seconds: float, *, quiet: bool) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.life.tick(quiet=quiet)
            time.sleep(0.02)


def bench(base: Path, args: argparse.Namespace) -> bool:
    """Run it all, print what was found, and return whether nothing is wrong."""
    with ExitStack() as stack:
        soak = Soak(base, args.seed, claims=not args.without, pace=args.pace)
        stack.callback(soak.end)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: soak.ended_early.set())
        began = time.monotonic()
        soak.run(args.minutes)
        minutes = (time.monotonic() - began) / 60
        wrong = soak.settle()
        print(f"{minutes:.1f} minutes, seed {args.seed}: {dict(soak.life.counts)}\n{dict(soak.life.people.replies)}", flush=True)
        print("\n".join(memory(machine) for machine in soak.machines))
        print("as it was left:", first := soak.judge(wrong), sep="\n", flush=True)
        soak.release()
        wrong = soak.stop()
        if args.spoil:
            soak.spoil()
        last = soak.judge(wrong)
        print("after what was held is released, and all is stopped:", last, sep="\n")
        print(f"CPU of the soak itself: {time.process_time():.0f} s")
    return first.is_good and last.is_good


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("minutes", nargs="?", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--without", action="store_true")
    parser.add_argument("--spoil", action="store_true")
    parser.add_argument("--base", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = args.base or Path(temporary)
        base.mkdir(parents=True, exist_ok=True)
        good = bench(base, args)
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
