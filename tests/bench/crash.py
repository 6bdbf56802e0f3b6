"""Kills the daemon again and again while it pays for conversions, and counts what was lost, doubled or left behind.

    python tests/bench/crash.py [KILLS] [--seed N]

`takevoice run` converts takes with the project's own API server as a paid backend, which delays, refuses, breaks off and
truncates its answers (tests/faulty.py). It is killed with SIGKILL at random moments (by default 200 times), while new takes are
rendered all the time. What is held is released now and then, as a person would. In the end every take must have exactly one
result, every original its bytes, and no request may have been sent a second time without having been held before.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import soundfile

sys.path.insert(0, str(Path(__file__).parent.parent))
from faulty import MARK
from ports import serving_script
from signals import make_speech

TESTS = Path(__file__).parent.parent
CONFIG = """\
backend = "elevenlabs"
conversions = 3
scan = 0.5
[settle]
quiet = 0.2
give_up = 1.5
[money]
first_look = false
unattended_per_hour = inf
unattended_per_day = inf
many = 100000
[plugins.elevenlabs]
base_url = "http://127.0.0.1:{port}"
[defaults]
voice = "ada"
[osc]
enabled = false
"""


@dataclass
class Figures:
    """What happened."""

    kills: int = 0
    takes: int = 0
    requests: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    held: int = 0
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        faults = ", ".join(f"{count} {name}" for name, count in sorted(self.faults.items()))
        lines = [
            f"SIGKILLs                      {self.kills}",
            f"takes                         {self.takes}",
            f"requests                      {self.requests} ({faults})",
            f"held and released             {self.held}",
            f"seconds                       {self.seconds:.0f}",
            f"wrong                         {len(self.wrong)}",
        ]
        return "\n".join([*lines, *(f"  {text}" for text in self.wrong)])


class Scene:
    """A home, an export folder, and a server on a port of its own."""

    def __init__(self, base: Path, seed: int) -> None:
        self.base, self.chance = base, random.Random(seed)
        self.folder, self.log = base / "Exports", base / "requests"
        self.folder.mkdir()
        self.env = os.environ | {
            "HOME": str(base),
            "XDG_CONFIG_HOME": str(base / "config"),
            "TAKEVOICE_STATE": str(base / "state"),
            "ELEVENLABS_API_KEY": "any",
            "NO_PROXY": "127.0.0.1",
        }
        self.hashes: dict[str, str] = {}
        self.releases: collections.Counter[int] = collections.Counter()
        self.kills = 0

    def configure(self, port: int) -> None:
        """Writes the config."""
        config = self.base / "config" / "takevoice"
        config.mkdir(parents=True)
        (config / "takevoice.toml").write_text(CONFIG.format(port=port))

    def render(self, count: int) -> None:
        """New takes; each has a mark of its own in a chunk, by which the server knows it."""
        for _ in range(count):
            name = f"{len(self.hashes):08d}"
            part = self.base / "part.wav"
            speech = make_speech(self.chance.uniform(0.3, 1.2), 16_000, seed=len(self.hashes))
            soundfile.write(part, speech, 16_000, "PCM_16")
            data = part.read_bytes()
            mark = MARK + name.encode()
            chunk = b"tvmk" + len(mark).to_bytes(4, "little") + mark + bytes(len(mark) % 2)
            data = data[:4] + (len(data) + len(chunk) - 8).to_bytes(4, "little") + data[8:] + chunk
            part.write_bytes(data)
            part.rename(self.folder / f"{name}.wav")
            self.hashes[f"{name}.wav"] = hashlib.sha256(data).hexdigest()

    def takevoice(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command, to its end."""
        line = [sys.executable, "-m", "takevoice", *words]
        return subprocess.run(line, env=self.env, capture_output=True, text=True, timeout=300)

    def run_and_kill(self) -> None:
        """One life of the daemon."""
        line = [sys.executable, "-m", "takevoice", "run", str(self.folder)]
        with (self.base / "log").open("ab") as log:
            process = subprocess.Popen(line, env=self.env, stderr=log)
        began, life = time.monotonic(), self.chance.uniform(0.6, 3.0)
        while time.monotonic() - began < life:
            if self.chance.random() < 0.3:
                self.render(1)
            time.sleep(self.chance.uniform(0.05, 0.3))
        process.kill()
        process.wait()
        self.kills += 1

    def release(self) -> int:
        """What a person does now and then; the jobs are counted."""
        held = [job["id"] for job in self.jobs() if job["state"] == "held"]
        if held:
            self.takevoice("release", *map(str, held))
            self.releases.update(held)
        return len(held)

    def jobs(self) -> list[dict[str, object]]:
        """All jobs."""
        return json.loads(self.takevoice("jobs", "--json").stdout)  # type: ignore[no-any-return]

    def finish(self) -> None:
        """Lets everything come to its end."""
        for _ in range(50):
            self.takevoice("run", "--once", str(self.folder))
            failed = [job for job in self.jobs() if job["state"] == "failed"]
            if failed:
                self.takevoice("retry", "--failed")
            if not self.release() and not failed:
                return

    def figures(self) -> Figures:
        """Counts, and looks for what is wrong."""
        requests = [line.split("\t") for line in self.log.read_text().splitlines()]
        faults = collections.Counter(what for _, _, what in requests)
        asked = len(requests) - faults["refused"]
        found = Figures(self.kills, len(self.hashes), asked, dict(faults), self.releases.total())
        found.wrong = [*self._wrong_files(), *self._wrong_requests(requests), *self._wrong_ledger()]
        return found

    def _wrong_files(self) -> Iterator[str]:
        wanted = set(self.hashes) | {name.replace(".wav", ".ada.wav") for name in self.hashes}
        there = set(os.listdir(self.folder))
        yield from (f"is missing: {name}" for name in sorted(wanted - there))
        yield from (f"was left behind: {name}" for name in sorted(there - wanted))
        for name, digest in self.hashes.items():
            take = self.folder / name
            if hashlib.sha256(take.read_bytes()).hexdigest() != digest:
                yield f"the original was changed: {name}"
            result = take.with_suffix(".ada.wav")
            if result.exists() and soundfile.info(result).frames != soundfile.info(take).frames:
                yield f"is not whole: {result.name}"
        work = self.base / "state" / "work"
        kept = work / "answers"  # for a while; nothing half written
        left = (path for path in work.rglob("*") if kept not in (path, *path.parents) or path.suffix == ".part")
        yield from (f"was left behind: {path}" for path in left)

    def _wrong_requests(self, requests: list[list[str]]) -> Iterator[str]:
        """A request that may have been billed is sent again only after a person said so."""
        sent: collections.Counter[str] = collections.Counter()
        for _, mark, what in requests:
            # A refusal surely cost nothing.
            sent[mark.removeprefix(MARK.decode())] += {"429": 0, "refused": -1}.get(what, 1)
        allowed = collections.Counter(
            {Path(str(job["path"])).stem: self.releases[int(str(job["id"]))] + 1 for job in self.jobs()}
        )
        for name, count in sent.items():
            if count > allowed[name]:
                yield f"was sent {count} times and released {allowed[name] - 1} times: {name}"

    def _wrong_ledger(self) -> Iterator[str]:
        jobs = self.jobs()
        states = collections.Counter(str(job["state"]) for job in jobs)
        if states != {"done": len(self.hashes)}:
            yield f"the ledger's jobs: {dict(states)} for {len(self.hashes)} takes"
        with sqlite3.connect(self.base / "state" / "ledger.sqlite3") as connection:
            if (answer := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                yield f"the ledger: {answer}"
            rows = connection.execute("SELECT state, count(*) FROM sends GROUP BY state").fetchall()
        connection.close()
        yield from (
            f"{count} requests still {state}" for state, count in rows if state not in ("published", "lost")
        )
        log = (self.base / "log").read_text("utf-8", "replace")
        yield from (f"the log: {line}" for line in re.findall(r"Traceback.*|.*unexpected failure.*", log))


def crash(kills: int, seed: int = 0) -> Figures:
    """Runs it all; returns what was found."""
    began = time.monotonic()
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scene = Scene(base, seed)
        scene.configure(
            stack.enter_context(serving_script(TESTS / "faulty.py", scene.log, seed, env=scene.env))
        )
        scene.render(3)
        for number in range(kills):
            scene.run_and_kill()
            if number % 10 == 9:
                scene.release()
                print(f"{number + 1} kills, {len(scene.hashes)} takes", file=sys.stderr)
        scene.finish()
        figures = scene.figures()
    figures.seconds = time.monotonic() - began
    return figures


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    figures = crash(args.kills, args.seed)
    print(figures)
    raise SystemExit(1 if figures.wrong else 0)


if __name__ == "__main__":
    main()
