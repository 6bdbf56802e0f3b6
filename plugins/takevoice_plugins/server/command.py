"""Running the server: address, key and signals."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import re
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from fastapi import FastAPI

from takevoice import is_loopback
from takevoice.errors import ConfigError
from takevoice_plugins.server.aliases import with_given
from takevoice_plugins.server.app import create_app
from takevoice_plugins.server.connections import Connections
from takevoice_plugins.server.engine import engine_of
from takevoice_plugins.server.limits import Limits
from takevoice_plugins.server.stopping import RunningRequests
from takevoice_plugins.server.upload import UploadFolders

KEY_VARIABLE = "TAKEVOICE_API_KEY"
BACKLOG = 128
BACKSTOP = 5  # seconds after which uvicorn itself ends requests that are still there
IDLE = 30  # seconds that an idle connection is kept
PATIENCE = 1.0  # seconds that running requests get when the server stops
LAST = 0.3  # seconds after these for the responses to those that were ended

log = logging.getLogger("takevoice.server")


def serve(
    host: str, port: int, api_key: str | None, state: Path, aliases: Sequence[str] = (), backend: str = "local"
) -> int:
    """Serve until Ctrl-C or SIGTERM, with the voices in the state dir `state`; return the exit code.

    `aliases`: other ids of voices, each as "id=voice". `backend`: "local" or "neural".

    Raises:
        BackendUnavailable: the backend lacks something.
        ConfigError: the address cannot be used, or requires a key; or an alias is of no voice.
    """
    limits, engine = Limits(), engine_of(backend, state)
    key = checked_key(api_key or os.environ.get(KEY_VARIABLE), host)
    app = create_app(engine, limits, key, with_given(alias_pairs(aliases), engine.voices()))
    config = server_config(app, limits)
    with listening(host, port) as listener, own_signals():
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        logging.getLogger("uvicorn").setLevel(logging.WARNING)
        url = url_of(host, listener)
        print(f"serving the speech-to-speech API at {url} (stop with Ctrl-C)")
        print(f'  ElevenLabs(base_url="{url}", api_key="{"the key" if key else "any"}")', flush=True)
        Server(config, app.state.running).run([listener])
    print("stopped", file=sys.stderr)
    if app.state.conversions.running:
        _leave(app.state.folders)
    return 0


class Server(uvicorn.Server):
    """uvicorn's server, which ends the requests that are in progress when it has stopped for a moment, and then their connections."""

    def __init__(self, config: uvicorn.Config, running: RunningRequests) -> None:
        super().__init__(config)
        self._running = running

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(PATIENCE, self._running.stop), loop.call_later(PATIENCE + LAST, self._close_connections)]
        try:
            await super().shutdown(sockets)
        finally:
            for timer in timers:
                timer.cancel()

    def _close_connections(self) -> None:
        """Wait no longer for clients to end their side: an idle one does not, where the connection is encrypted."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def server_config(app: FastAPI, limits: Limits, **more: Any) -> uvicorn.Config:
    """Return how an app is served: within its limits of connections, without a log of each request. `more`: of uvicorn's options."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        http=Connections(limits).protocol(),
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=BACKSTOP,
        **more,
    )


def _leave(folders: UploadFolders) -> NoReturn:
    """End the process although threads still convert: they are inside numerical code, which cannot be interrupted."""
    for process in multiprocessing.active_children():
        process.kill()
    folders.remove_all()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def alias_pairs(given: Sequence[str]) -> dict[str, str]:
    """Return the pairs of `--alias ID=VOICE`. Raises ConfigError."""
    pairs = dict[str, str]()
    for text in given:
        voice_id, _, voice = text.partition("=")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", voice_id) or not voice:
            raise ConfigError(
                f"--alias {text} is not of the form ID=VOICE", hint="an id has letters, digits, - and _"
            )
        pairs[voice_id] = voice
    return pairs


def checked_key(key: str | None, host: str) -> str | None:
    """Return the key, or None.

    Raises ConfigError if it is invalid, or missing though other machines can reach `host`.
    """
    if key and not all(33 <= ord(c) < 127 for c in key):
        raise ConfigError(
            "the API key has characters that are not allowed in a header", hint="use letters and digits"
        )
    if not key and not is_loopback(host):
        raise ConfigError(
            f"other machines can reach {host}, but there is no API key",
            hint=f"set one in {KEY_VARIABLE}, or omit --host",
        )
    return key or None


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open a socket that listens on the address; raises ConfigError if that fails."""
    if not 0 <= port <= 65_535:
        raise ConfigError(f"--port {port} is not a port", hint="use 0 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # asyncio does not set it for a socket like this one: the body of an answer would wait 40 ms for the ACK of its head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}",
            hint="another server may be using it; choose another port with --port",
        ) from error
    with listener:
        yield listener


def url_of(host: str, listener: socket.socket, *, tls: bool = False) -> str:
    """Return the URL of a server; an address that stands for all of the machine's becomes its name."""
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):  # noqa: S104 - what a person gave
        host = socket.gethostname()
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def own_signals() -> Iterator[None]:
    """Let the server shut down at SIGINT and SIGTERM, and then continue."""
    # uvicorn shuts down at a signal, and then raises it again for the previous handler.
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda *_: None) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
