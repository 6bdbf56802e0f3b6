"""Where the time of a list goes, with 100,000 jobs in the ledger: in the ledger, in the office, over HTTP, as a command.

    python tests/bench/list_speed.py

Each line has the median and the least of many, in milliseconds, and what the CPU needed, which hardly depends on what else the
machine does: over HTTP that of the server alone, as the client is a process of its own that only opens a socket. Lines that begin
with "baseline" use none of takevoice's code: sqlite3 on the same rows, and an ASGI application that answers the same bytes.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "bench")]

import uvicorn  # noqa: E402
from office_speed import JOBS, fill  # noqa: E402

from plugins.page.world import World, make_world  # noqa: E402
from takevoice import JobFilter, Office  # noqa: E402
from takevoice.cli.live import overview  # noqa: E402
from takevoice.jobs import State  # noqa: E402
from takevoice.ledger import Ledger  # noqa: E402

ROUNDS = 60
NEWEST = "SELECT * FROM jobs ORDER BY id DESC LIMIT 100"
COUNT = "SELECT state, COUNT(*) FROM jobs GROUP BY state"
CONDITIONS: dict[str, dict[str, Any]] = {
    "no condition": {},
    "a state": {"states": (State.FAILED,)},
    "a track": {"track": "t7"},
    "a glob of tracks": {"track": "T7*"},
    "a folder": {"place": "/Exports/ep7"},
    "a voice": {"voice": "ada"},
    "a voice that nothing has": {"voice": "nobody"},
    "a word": {"text": "anna_7777"},
    "a word that is nowhere": {"text": "nowhere"},
    "a word with an umlaut": {"text": "ü"},
    "the last hour": {"since": time.time() - 3600},
    "the future": {"since": time.time() + 3600},
}
PATHS = {
    "the newest 100 takes": "/api/jobs?candidates=false",
    "100 in the middle": f"/api/jobs?candidates=false&before={JOBS // 2}",
    "those that failed": "/api/jobs?candidates=false&state=failed",
    "a track": "/api/jobs?candidates=false&track=T7",
    "a folder": "/api/jobs?candidates=false&folder=/Exports/ep7",
    "a word": "/api/jobs?candidates=false&q=anna_7777",
    "status": "/api/status",
    "what is held": "/api/held",
    "the cast, 300 characters": "/api/casting",
}
CLIENT = """
import socket, sys, time
port, token, path, rounds = sys.argv[1:]
connection = socket.create_connection(("127.0.0.1", int(port)))
connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for _ in range(int(rounds)):
    began = time.perf_counter()
    connection.sendall(f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nAuthorization: Bearer {token}\\r\\n\\r\\n".encode())
    data = b""
    while b"\\r\\n\\r\\n" not in data:
        data += connection.recv(1 << 20)
    head, body = data.split(b"\\r\\n\\r\\n", 1)
    missing = int(head.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0]) - len(body)
    while missing:
        missing -= len(connection.recv(1 << 20))
    print(time.perf_counter() - began)
"""


def say(name: str, times: list[float], cpu: float) -> None:
    print(f"{name:<52} {1000 * statistics.median(times):8.2f}  {1000 * min(times):8.2f}  {1000 * cpu:8.2f}", flush=True)


def measure(name: str, act: Callable[[], object], rounds: int = ROUNDS) -> None:
    act()
    times, cpu = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        act()
        times.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    say(name, times, statistics.median(cpu))


def ask(name: str, port: int, token: str, path: str) -> None:
    """Have a client of a few lines ask over one connection."""

    def run(rounds: int) -> list[float]:
        line = [sys.executable, "-S", "-c", CLIENT, str(port), token, path, str(rounds)]
        return [float(each) for each in subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()]

    run(5)
    used = time.process_time()
    times = run(ROUNDS)
    say(name, times, (time.process_time() - used) / ROUNDS)


def of_the_ledger(path: Path, office: Office) -> None:
    search = office.ledger.search
    with closing(sqlite3.connect(path)) as plain:
        measure("baseline: sqlite3, the newest 100 rows", lambda: plain.execute(NEWEST).fetchall())
        measure("ledger: the newest 100 jobs", lambda: search.jobs(JobFilter(), 100))
        measure("ledger: 100 in the middle", lambda: search.jobs(JobFilter(before=JOBS // 2), 100))
        measure("baseline: sqlite3, counting by state", lambda: plain.execute(COUNT).fetchall())
    measure("ledger: counts by state", lambda: search.counts(JobFilter()))
    for name, conditions in CONDITIONS.items():
        which = JobFilter(**conditions, with_candidates=False)
        measure(f"ledger: list and counts, {name}", lambda which=which: search.page(which, 100), 15)


def of_the_office(office: Office) -> None:
    measure("office: the newest 100, with counts", lambda: office.page(JobFilter(with_candidates=False), 100))
    for name, act in {"counts": office.counts, "status": office.status, "held": office.held, "tracks": office.tracks}.items():
        measure(f"office: {name}", act)
    measure("live table: one look", lambda: overview(office, 20))


def over_http(made: World) -> None:
    address = made.service().address
    for name, path in PATHS.items():
        ask(f"HTTP: {name}", address.port, address.token, path)
    body = made.client().get(PATHS["the newest 100 takes"]).content

    async def same(_scope: object, _receive: object, send: Callable[[dict[str, Any]], Any]) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(same, log_config=None, lifespan="off"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    ask(f"baseline: ASGI, the same {len(body):,} bytes", listener.getsockname()[1], address.token, "/")
    server.should_exit = True
    thread.join()
    listener.close()


def as_commands(state: Path) -> None:
    lines = {"takevoice jobs": ["-m", "takevoice", "jobs"], "takevoice jobs --since 1h": ["-m", "takevoice", "jobs", "--since", "1h"]}
    lines |= {"takevoice status": ["-m", "takevoice", "status"], "baseline: python that opens the ledger": ["-c", f"import sqlite3; sqlite3.connect({str(state / 'ledger.sqlite3')!r})"]}
    for name, words in lines.items():
        times, used = [], os.times()
        for _ in range(10):
            began = time.perf_counter()
            subprocess.run([sys.executable, *words], env={**os.environ, "TAKEVOICE_STATE": str(state)}, capture_output=True)
            times.append(time.perf_counter() - began)
        ended = os.times()
        say(name, times, (ended.children_user + ended.children_system - used.children_user - used.children_system) / 10)


def in_a_long_queue(path: Path, office: Office) -> None:
    """The same where all 100,000 wait: for a person, or to be converted."""
    for state, code in (("held", "many"), ("queued", "")):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE jobs SET state = ?, error_code = ?, error = ''", (state, code))
        measure(f"office: status, all {state}", office.status, 15)
        measure(f"office: the newest 100, with counts, all {state}", lambda: office.page(JobFilter(with_candidates=False), 100), 15)
        measure(f"live table: one look, all {state}", lambda: overview(office, 20), 15)
    measure("ledger: the next job of all queued", lambda: office.ledger.jobs.can_claim("daemon", (), ()), 15)


def main() -> None:
    print(f"{'':<52} {'median':>8}  {'least':>8}  {'CPU':>8}")
    with tempfile.TemporaryDirectory(prefix="lists-") as home:
        made = make_world(Path(home))
        made.ledger.close()
        state, environment = made.office.state, made.office.environment
        for each in state.ledger.parent.glob(f"{state.ledger.name}*"):
            each.unlink()
        fill(state.ledger)
        made.office = Office(Ledger(state.ledger), state, lambda: environment)
        of_the_ledger(state.ledger, made.office)
        of_the_office(made.office)
        over_http(made)
        as_commands(state.path)
        in_a_long_queue(state.ledger, made.office)
        made.close()


if __name__ == "__main__":
    main()
