"""Houses for tests: in this process, where a crash is that the next one begins with the same folder; and as a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn

from plugins.house.paid_account import REAL_KEY, PaidAccount
from support import Cli, wait_for
from takevoice_plugins.house.app import create_app
from takevoice_plugins.house.database import Database
from takevoice_plugins.house.house import House
from takevoice_plugins.house.keeping import LEDGER, house_folder
from takevoice_plugins.house.keys import Keys
from takevoice_plugins.house.offers import SERVICE, Offers
from takevoice_plugins.house.options import ENGINES, LOCAL, HouseOptions
from takevoice_plugins.house.overview import Overview
from takevoice_plugins.house.threads import ThreadFarm
from takevoice_plugins.house.upstream import Upstream
from takevoice_plugins.house.voice_files import VoiceFiles
from takevoice_plugins.neural import Neural
from takevoice_plugins.server.aliases import Aliases
from takevoice_plugins.server.connections import Connections
from takevoice_plugins.server.engine import Engine, LocalEngine, NeuralEngine
from takevoice_plugins.server.limits import Limits

FORMAT = "pcm_16000"
VOICE = "JBFqnCBsd6RMkjVDRZzb"


@dataclass
class RunningHouse:
    """A house under test."""

    url: str
    database: Database
    house: House

    @property
    def keys(self) -> Keys:
        return Keys(self.database)

    @property
    def overview(self) -> Overview:
        return Overview(self.database)

    def convert(
        self, key: str, audio: bytes, voice: str = VOICE, *, path: str = "", logging: bool = True, headers: dict[str, str] | None = None, **form: object
    ) -> httpx.Response:
        """Send one request, as any program would."""
        return httpx.post(
            f"{self.url}/v1/speech-to-speech/{voice}{path}",
            params={"output_format": str(form.pop("output_format", FORMAT)), **({} if logging else {"enable_logging": "false"})},
            headers={"xi-api-key": key, **(headers or {})},
            files={"audio": ("take.wav", audio)},
            data={name: str(value) for name, value in form.items()},
            timeout=60,
        )  # fmt: skip


@contextmanager
def running_house(
    state: Path,
    account: PaidAccount | None = None,
    options: HouseOptions | None = None,
    engine: Engine | None = None,
    limits: Limits | None = None,
) -> Iterator[RunningHouse]:
    """A house in this process, with the real HTTP server."""
    options = replace(options or HouseOptions(), **({"base_url": account.url} if account else {}))
    if options.history_wait == HouseOptions.history_wait:
        options = replace(options, history_wait=-8.0)  # the account is quick
    engine, limits = engine or LocalEngine(state), limits or Limits(connections=1000, uploads=64)
    upstream = Upstream(lambda: REAL_KEY, options.base_url) if account else None
    database = Database(house_folder(state) / LEDGER)
    main = SERVICE if account else options.backend if options.backend in ENGINES else LOCAL
    engines = {name: engine if name == LOCAL else NeuralEngine(Neural(state)) for name in (main, *options.free) if name in ENGINES}
    offers = Offers(main, engines)
    made: list[House] = []

    def make_house() -> House:
        made.append(
            House(
                house_folder(state), database, options, limits, offers, upstream,
                lambda office: ThreadFarm(office, engines, limits.conversions), VoiceFiles(state),
            )
        )  # fmt: skip
        return made[0]

    app = create_app(make_house, limits, Aliases())
    config = uvicorn.Config(
        app, http=Connections(limits).protocol(), log_config=None, timeout_graceful_shutdown=1, lifespan="on"
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            wait_for(lambda: server.started)
            yield RunningHouse(f"http://127.0.0.1:{listener.getsockname()[1]}", database, made[0])
        finally:
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive(), "the house did not stop"
            if upstream is not None:
                upstream.close()
            database.close()


class HouseProcess:
    """`takevoice serve --house` as a process, which can be killed and started again at the same port."""

    def __init__(self, home: Path, account: PaidAccount | None, toml: str = "", words: tuple[str, ...] = ()) -> None:
        self.cli, self.account, self.words = Cli(home), account, words
        folder = house_folder(self.cli.state)
        folder.mkdir(parents=True, exist_ok=True)
        base = f'backend = "elevenlabs"\nbase_url = "{account.url}"\n' if account else 'backend = "local"\n'
        (folder / "house.toml").write_text(base + toml, "utf-8")
        self.database = Database(folder / LEDGER)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.said: list[str] = []
        self.env: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http{'s' if '--tls' in self.words else ''}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it serves."""
        env = {**os.environ, **self.cli.env, "NO_PROXY": "127.0.0.1", **self.env}
        if self.account is not None:
            env["ELEVENLABS_API_KEY"] = REAL_KEY
        with (self.cli.home / "house.log").open("a") as log:
            self.process = subprocess.Popen(
                [*self.cli.command, "serve", "--house", "--port", str(self.port), *self.words],
                stdout=subprocess.PIPE, stderr=log, text=True, cwd=self.cli.home, env=env,
            )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "serving the house" in line, (self.cli.home / "house.log").read_text()
        self.said = [line]
        while "takevoice join" not in self.said[-1]:
            self.said.append(self.process.stdout.readline())

    def kill(self) -> None:
        """Kill it, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self.process.communicate()

    def close(self) -> None:
        """End it, and what the test has of it."""
        self.kill()
        self.database.close()
