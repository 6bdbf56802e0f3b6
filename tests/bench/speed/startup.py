"""What the commands cost that a person or a script waits for, beside bare Python: CPU seconds, the least of several runs.

The state dir is in a home of its own, where the commands find it as they do at a user's.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from osc.clients import echo_routes, serving
from speed.row import Row, at_most, no_more
from takevoice.audio import write_test_tone
from takevoice.ledger import Ledger
from takevoice.system.fileid import FileVersion

RUNS = 15
FEW = 5
JOBS = 100
TAKEVOICE = "import sys; from takevoice.cli import main; sys.exit(main())"
"""What the installed script does."""
HELP = ("--help", "run --help", "convert --help", "explain --help", "quote --help", "doctor --help", "voices --help")
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def measure() -> Iterator[Row]:
    """Each command in turn with bare Python."""
    with tempfile.TemporaryDirectory() as name, serving(echo_routes()) as server:
        home = Path(name)
        env = _home(home)
        least = _least(
            {
                "bare": [sys.executable, "-c", "pass"],
                "jobs": _line("jobs"),
                "osc": _line("osc", "--port", str(server.port), "/test/echo", "id"),
            },
            env,
            RUNS,
        )
        yield at_most(f"`takevoice jobs`, {JOBS} jobs", least["jobs"], least["bare"], 2.5, "ms of CPU", "bare Python")
        osc = "`takevoice osc`, including the reply"
        yield at_most(osc, least["osc"], least["bare"], 8, "ms of CPU", "bare Python")
        helps = _least({words: _line(*words.split()) for words in HELP}, env, FEW)
        slowest = max(helps, key=helps.__getitem__)
        yield no_more(f"help of any command (the slowest: `{slowest}`)", helps[slowest], 200, "ms of CPU")
        take = write_test_tone(home / "Exports" / "take.wav")
        for command in (f"explain {take.path}", f"doctor {home / 'Exports'}"):
            took = _least({command: _line(*command.split())}, env, FEW)[command]
            yield no_more(f"`takevoice {command.split()[0]}`", took, 200, "ms of CPU")
        if Path("/proc/self/stat").exists():
            watching = min(_until_watching(env, home / "Exports") for _ in range(FEW))
            yield no_more("`takevoice run`, until it watches", watching, 400, "ms of CPU")


def _home(home: Path) -> Mapping[str, str]:
    """Make a home with a ledger and a folder; returns the environment with it.

    Modules are compiled once, as they are where takevoice is installed.
    """
    exports, config = home / "Exports", home / "config" / "takevoice"
    exports.mkdir()
    config.mkdir(parents=True)
    (config / "takevoice.toml").write_text('backend = "local"\n[osc]\nport = 0\n')
    ledger = Ledger(home / "state" / "takevoice" / "ledger.sqlite3")
    ledger.jobs.add_found([(exports / f"{n}.wav", exports, FileVersion(1, 1, n)) for n in range(JOBS)], "daemon")
    ledger.close()
    left_out = ("TAKEVOICE_STATE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    places = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_STATE_HOME": home / "state"}
    return (
        {name: value for name, value in os.environ.items() if name not in left_out}
        | {name: str(place) for name, place in places.items()}
        | {"PYTHONPYCACHEPREFIX": str(home / "compiled"), "ELEVENLABS_API_KEY": "any"}
    )


def _line(*words: str) -> list[str]:
    return [sys.executable, "-c", TAKEVOICE, *words]


def _least(lines: Mapping[str, Sequence[str]], env: Mapping[str, str], runs: int) -> dict[str, float]:
    """Return for each command the fewest milliseconds of CPU; they take turns."""
    least = dict.fromkeys(lines, float("inf"))
    for number in range(runs + 1):
        for name, line in lines.items():
            before = _used()
            subprocess.run(line, check=name.split()[0] != "doctor", stdout=subprocess.DEVNULL, env=env)
            if number:  # the first run compiles
                least[name] = min(least[name], 1000 * (_used() - before))
    return least


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _until_watching(env: Mapping[str, str], folder: Path) -> float:
    """Return the milliseconds of CPU that the daemon has used when it says that it watches."""
    process = subprocess.Popen(_line("run", str(folder)), env=env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    next(line for line in process.stderr if re.search(r"\bwatching\b", line))
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    process.terminate()
    process.communicate()
    return 1000 * (int(fields[11]) + int(fields[12])) / TICK  # utime and stime, proc(5)
