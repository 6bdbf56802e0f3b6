"""A house's server, as far as the farm needs one: the routes for workers, and a desk with its orders in a SQLite file.

`python desk.py FOLDER PORT DATABASE` serves it as a process that can be killed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import soundfile
import uvicorn
from fastapi import FastAPI

from takevoice import ConversionRequest
from takevoice_plugins.farm import farm_on
from takevoice_plugins.farm.queue import ProcrastinateFarm
from takevoice_plugins.house.seam import FarmUnavailable, Order
from takevoice_plugins.local import NAME
from takevoice_plugins.local.cloned.store import ClonedVoices
from takevoice_plugins.server.headers import RequestIds
from takevoice_plugins.server.problems import Problem, problem_response

TOKEN = "a-worker's-token"
_TABLE = """PRAGMA journal_mode=WAL;
CREATE TABLE IF NOT EXISTS orders(key TEXT PRIMARY KEY, lease TEXT, voice TEXT, rate INT, frames INT, state TEXT, worker TEXT DEFAULT '',
 message TEXT DEFAULT '', begun INT DEFAULT 0, late INT DEFAULT 0)"""


class Desk:
    """Orders in a file, with the takes and the answers next to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("takes", "answers", "parts"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / "orders.sqlite3", isolation_level=None, check_same_thread=False, timeout=30)
        self._lock = threading.Lock()
        self._db.executescript(_TABLE)
        self.voices = ClonedVoices(folder / "voices", NAME)
        self.tokens = {TOKEN: "studio"}

    def order(self, audio: Path, voice: str = "ada") -> Order:
        """Note that a take is to be converted, and return the order."""
        samples, rate = soundfile.read(audio, dtype="float32", always_2d=True)
        key = hashlib.sha256(samples.tobytes() + voice.encode()).hexdigest()
        soundfile.write(self.folder / "takes" / key, samples.mean(axis=1), rate, "FLOAT", format="WAV")
        self._sql("INSERT OR IGNORE INTO orders(key, lease, voice, rate, frames, state) VALUES(?,?,?,?,?,'queued')",
                  key, secrets.token_urlsafe(), voice, rate, len(samples))
        return next(order for order in self._orders("key = ?", key))

    def unfinished(self) -> Sequence[Order]:
        return self._orders("state IN ('queued', 'running')")

    def audio(self, key: str, lease: str) -> Path:
        if not self._orders("state IN ('queued', 'running') AND key = ? AND lease = ?", key, lease):
            raise KeyError(key)
        return self.folder / "takes" / key

    def new_part(self, key: str) -> Path:
        return self.folder / "parts" / f"{key}.{secrets.token_hex(4)}"

    def began(self, key: str, lease: str, worker: str) -> None:
        self._sql("UPDATE orders SET state = 'running', worker = ?, begun = begun + 1 WHERE key = ? AND state <> 'done'", worker, key)

    def answered(self, key: str, lease: str, part: Path) -> bool:
        with self._lock:
            done = self._db.execute("UPDATE orders SET state = 'done' WHERE key = ? AND lease = ? AND state IN ('queued', 'running')", (key, lease))
            if done.rowcount:
                part.replace(self.folder / "answers" / key)
        return done.rowcount == 1

    def refused(self, key: str, lease: str, code: str, message: str, *, again: bool) -> None:
        self._sql("UPDATE orders SET state = 'refused', message = ? WHERE key = ?", f"{code}: {message}", key)

    def worker_of(self, token: str) -> str | None:
        return self.tokens.get(token)

    def voice_file(self, voice_id: str) -> Path | None:
        profiles = {profile.id: profile for profile in self.voices.profiles()}
        return self.voices.path(profiles[voice_id].name) if voice_id in profiles else None

    def states(self) -> dict[str, int]:
        """How many orders are in each state."""
        return dict(self._sql("SELECT state, COUNT(*) FROM orders GROUP BY state"))

    def column(self, name: str) -> list[Any]:
        """The values of one column."""
        return [value for (value,) in self._sql(f"SELECT {name} FROM orders ORDER BY rowid")]

    def answer(self, key: str) -> bytes:
        """The answer to an order."""
        return (self.folder / "answers" / key).read_bytes()

    def _orders(self, where: str, *values: Any) -> list[Order]:
        rows = self._sql(f"SELECT key, lease, voice, rate, frames FROM orders WHERE {where} ORDER BY rowid", *values)
        return [Order(key, lease, "cpu", -number, "local", request_for(voice), rate, frames) for number, (key, lease, voice, rate, frames) in enumerate(rows)]

    def _sql(self, text: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(text, values).fetchall()


def request_for(voice: str) -> dict[str, Any]:
    """The request of an order."""
    return json.loads(ConversionRequest(voice_id=voice, output_format="pcm_48000").model_dump_json())  # type: ignore[no-any-return]


def application(farm: ProcrastinateFarm) -> FastAPI:
    """The routes for workers."""
    app = FastAPI()
    app.add_middleware(RequestIds)
    app.add_exception_handler(Problem, problem_response)
    app.include_router(farm.routes([]))
    return app


def submit_unknown(farm: ProcrastinateFarm, desk: Desk) -> None:
    """What a house does at start and every 30 seconds: submit what the queue does not know."""
    with contextlib.suppress(FarmUnavailable):
        orders = {order.key: order for order in desk.unfinished()}
        for key in orders.keys() - farm.known(orders):
            farm.submit(orders[key])


@contextlib.contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve in a thread; yield the URL."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


def main(folder: Path, port: int, database: str) -> None:
    """Serve until the process is killed."""
    desk = Desk(folder)
    farm = farm_on(database)(desk, folder)

    def submit_on() -> None:
        while True:
            submit_unknown(farm, desk)
            threading.Event().wait(1)

    threading.Thread(target=submit_on, daemon=True).start()
    uvicorn.run(application(farm), port=port, log_level="warning")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
